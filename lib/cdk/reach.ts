// How far a process or a web function reaches beyond its own table and queues: its routes and permissions, both derived from `uses`.
import { AccountPrincipal, PolicyStatement, type PolicyStatementProps } from 'aws-cdk-lib/aws-iam'
import { sendsTo } from '../core/app.ts'
import { type Home, locate, roleOf, together } from './location.ts'
import type { Placement, Plan } from './plan.ts'
import type { WebPlacement } from './web-plan.ts'

/** What a function knows of a process, as GAVOTTE_ROUTES has it. */
interface Route {
  /** URL of the queue; of several shards, all URLs in their order. */
  readonly mailbox: string | readonly string[]
  readonly deadLetter?: string
  readonly table: string
  readonly timer?: { readonly queue: string; readonly arn: string; readonly role: string; readonly group: string }
}

/** Whoever reaches processes. */
type Reaching = Placement | WebPlacement

/** The other processes that `one` uses. */
const usedBy = ({ placements }: Plan, one: Reaching): readonly Placement[] => {
  const { uses } = 'web' in one ? one.web : one.process
  return [...placements.values()].filter(
    (other) => other !== one && uses.some(({ name }) => name === other.process.contract.name),
  )
}

/** The other processes that `one` sends to: those it uses, and those that use it where it answers calls. */
const sentToBy = (plan: Plan, one: Reaching): readonly Placement[] =>
  'web' in one
    ? usedBy(plan, one)
    : [...plan.placements.values()].filter((other) => other !== one && sendsTo(one.process, other.process))

/** What the function knows of those it sends to, and of itself if it is a process's: the value of GAVOTTE_ROUTES. */
export const routesOf = (home: Home, plan: Plan, own: Reaching): { readonly [process: string]: Route } => {
  const route = (to: Placement): Route => {
    const { mailboxUrls, table } = locate(home, to)
    const [first = ''] = mailboxUrls
    return { mailbox: mailboxUrls.length > 1 ? mailboxUrls : first, table, ...(to === own && ownQueues(home, own)) }
  }
  const known = [...('web' in own ? [] : [own]), ...sentToBy(plan, own)]
  return Object.fromEntries(known.map((to) => [to.process.contract.name, route(to)]))
}

const ownQueues = (home: Home, { deploy, ...own }: Placement): Pick<Route, 'deadLetter' | 'timer'> => {
  const { deadLetterUrl, timerUrl: queue, timerArn: arn, schedulerRoleArn: role } = locate(home, { deploy, ...own })
  return { deadLetter: deadLetterUrl, ...(deploy.timers && { timer: { queue, arn, role, group: own.scheduleGroup } }) }
}

/**
 * To send to those it uses and those that it answers, to read the views that the former publish, and for a web function to call them.
 * Functions are invoked within one account and region: another account's would have to let in that account as a whole.
 */
export const reachOf = (home: Home, plan: Plan, own: Reaching): readonly PolicyStatement[] => {
  const sentTo = sentToBy(plan, own)
  const views = usedBy(plan, own)
    .filter(publishes)
    .map((other) => locate(home, other).tableArn)
  const called = 'web' in own ? usedBy(plan, own).filter((other) => answers(other) && together(own, other)) : []
  return [
    ...(sentTo.length > 0
      ? [
          new PolicyStatement({
            actions: ['sqs:SendMessage'],
            resources: sentTo.flatMap((other) => locate(home, other).mailboxArns),
          }),
        ]
      : []),
    ...(views.length > 0 ? [readingViews({ resources: views })] : []),
    ...(called.length > 0
      ? [
          new PolicyStatement({
            actions: ['lambda:InvokeFunction'],
            resources: called.map((other) => locate(home, other).functionArn),
          }),
        ]
      : []),
  ]
}

/** What queues and tables say to processes and web functions of other accounts, whose own permissions do not suffice. */
export interface Invitation {
  /** For the policy of the mailbox queue `arn`. */
  readonly toSend: (arn: string) => PolicyStatement
  /** For the table's policy, if it publishes a view. */
  readonly toRead?: PolicyStatement
}

/** Undefined if nobody of another account sends to `own`. */
export const invitationOf = (home: Home, plan: Plan, own: Placement): Invitation | undefined => {
  const here = locate(home, own)
  const guestsOf = (reach: typeof usedBy): readonly Guest[] =>
    [...plan.placements.values(), ...plan.web.values()]
      .filter((other) => other !== own && reach(plan, other).includes(own))
      .map((other) => roleOf(home, other))
      .filter(({ account }) => account !== here.account)
  const [senders, readers] = [guestsOf(sentToBy), guestsOf(usedBy)]
  if (senders.length === 0) return undefined
  return {
    toSend: (arn) => new PolicyStatement({ ...invited(senders), actions: ['sqs:SendMessage'], resources: [arn] }),
    ...(publishes(own) && readers.length > 0 && { toRead: readingViews({ ...invited(readers), resources: [here.tableArn] }) }),
  }
}

type Guest = ReturnType<typeof roleOf>

// A policy that names a role as principal is refused until the role is there. Accounts are always there, and two nodes may be
// each other's guests; the condition narrows the account to the roles.
const invited = (guests: readonly Guest[]): PolicyStatementProps => ({
  principals: [...new Set(guests.map(({ account }) => account))].map((account) => new AccountPrincipal(account)),
  conditions: { ArnEquals: { 'aws:PrincipalArn': guests.map(({ arn }) => arn) } },
})

const answers = ({ process }: Placement): boolean => Object.keys(process.contract.calls).length > 0

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
