// How far a process reaches beyond its own table and mailbox: its routes and permissions, both derived from `uses`.
import { AccountPrincipal, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam'
import { type Home, locate } from './location.ts'
import type { Placement, Plan } from './plan.ts'

/** What a function knows of a process, as GAVOTTE_ROUTES has it. */
interface Route {
  /** URL of the queue; of several shards, all URLs in their order. */
  readonly mailbox: string | readonly string[]
  readonly deadLetter?: string
  readonly table: string
}

/** The other processes that `one` uses. */
const usedBy = ({ placements }: Plan, one: Placement): readonly Placement[] =>
  [...placements.values()].filter(
    (other) => other !== one && one.process.uses.some(({ name }) => name === other.process.contract.name),
  )

/** What the function knows of itself and of those it uses: the value of GAVOTTE_ROUTES. */
export const routesOf = (home: Home, plan: Plan, own: Placement): { readonly [process: string]: Route } => {
  const route = (to: Placement): Route => {
    const { mailboxUrls, deadLetterUrl, table } = locate(home, to)
    const [first = ''] = mailboxUrls
    return { mailbox: mailboxUrls.length > 1 ? mailboxUrls : first, table, ...(to === own && { deadLetter: deadLetterUrl }) }
  }
  return Object.fromEntries([own, ...usedBy(plan, own)].map((to) => [to.process.contract.name, route(to)]))
}

/** To send to those it uses, and to read the views that these publish. */
export const reachOf = (home: Home, plan: Plan, own: Placement): readonly PolicyStatement[] => {
  const used = usedBy(plan, own)
  const views = used.filter(publishes).map((other) => locate(home, other).tableArn)
  return [
    ...(used.length > 0
      ? [
          new PolicyStatement({
            actions: ['sqs:SendMessage'],
            resources: used.flatMap((other) => locate(home, other).mailboxArns),
          }),
        ]
      : []),
    ...(views.length > 0 ? [readingViews({ resources: views })] : []),
  ]
}

/** What queues and tables say to processes of other accounts, whose own permissions do not suffice. */
export interface Invitation {
  /** For the policy of the mailbox queue `arn`. */
  readonly toSend: (arn: string) => PolicyStatement
  /** For the table's policy, if it publishes a view. */
  readonly toRead?: PolicyStatement
}

/** Undefined if nobody of another account uses `own`. */
export const invitationOf = (home: Home, plan: Plan, own: Placement): Invitation | undefined => {
  const here = locate(home, own)
  const guests = [...plan.placements.values()]
    .filter((other) => usedBy(plan, other).includes(own))
    .map((other) => locate(home, other))
    .filter(({ account }) => account !== here.account)
  if (guests.length === 0) return undefined
  // A policy that names a role as principal is refused until the role is there. Accounts are always there, and two nodes may be
  // each other's guests; the condition narrows the account to the roles.
  const invited = {
    principals: [...new Set(guests.map(({ account }) => account))].map((account) => new AccountPrincipal(account)),
    conditions: { ArnEquals: { 'aws:PrincipalArn': guests.map(({ roleArn }) => roleArn) } },
  }
  return {
    toSend: (arn) => new PolicyStatement({ ...invited, actions: ['sqs:SendMessage'], resources: [arn] }),
    ...(publishes(own) && { toRead: readingViews({ ...invited, resources: [here.tableArn] }) }),
  }
}

const publishes = ({ process }: Placement): boolean => process.contract.view !== undefined

// DynamoDB's guide: without SPECIFIC_ATTRIBUTES all attributes of the item would be returned.
const readingViews = ({ conditions, ...props }: PolicyStatementProps): PolicyStatement =>
  new PolicyStatement({
    ...props,
    actions: ['dynamodb:GetItem'],
    conditions: {
      ...conditions,
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'view'] },
      StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    },
  })
