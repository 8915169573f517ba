// Where a process is in AWS. All is derived from names, so that no stack needs another's exports.
import { roleName, schedulerRoleName } from './names.ts'
import type { Placement } from './plan.ts'
import type { WebPlacement } from './web-plan.ts'

/** Where whoever asks is; a stack is one. Its parts may be tokens. */
export interface Home {
  readonly partition: string
  readonly region: string
  readonly account: string
  readonly urlSuffix: string
}

export interface Location {
  readonly account: string
  /** In the order of the shards. */
  readonly mailboxUrls: readonly string[]
  readonly mailboxArns: readonly string[]
  readonly deadLetterUrl: string
  readonly tableArn: string
  /** How DynamoDB takes it in a call from `home`: the name, or the ARN where account or region differ. */
  readonly table: string
  readonly functionArn: string
  readonly timerUrl: string
  readonly timerArn: string
  /** Of the role that schedules send with. */
  readonly schedulerRoleArn: string
  /** Of all schedules of its node. */
  readonly schedulesArn: string
}

/** Either all nodes name their account and region or none does, so where one is not named it is that of `home`. */
export const locate = (home: Home, placement: Placement): Location => {
  const { names, mailboxes, env, scheduleGroup } = placement
  const { account = home.account, region = home.region } = env
  const arn = (service: string, resource: string): string => `arn:${home.partition}:${service}:${region}:${account}:${resource}`
  const url = (queue: string): string => `https://sqs.${region}.${home.urlSuffix}/${account}/${queue}`
  const tableArn = arn('dynamodb', `table/${names.table}`)
  return {
    account,
    mailboxUrls: mailboxes.map(url),
    mailboxArns: mailboxes.map((queue) => arn('sqs', queue)),
    deadLetterUrl: url(names.deadLetter),
    tableArn,
    table: account === home.account && region === home.region ? names.table : tableArn,
    functionArn: arn('lambda', `function:${names.function}`),
    timerUrl: url(names.timer),
    timerArn: arn('sqs', names.timer),
    schedulerRoleArn: `arn:${home.partition}:iam::${account}:role/${schedulerRoleName(placement, region)}`,
    schedulesArn: arn('scheduler', `schedule/${scheduleGroup}/*`),
  }
}

/** The role of a function, and the account that it is in. */
export const roleOf = (home: Home, placement: Placement | WebPlacement): { readonly account: string; readonly arn: string } => {
  const { account = home.account, region = home.region } = placement.env
  return { account, arn: `arn:${home.partition}:iam::${account}:role/${roleName(placement, region)}` }
}

/** Whether both are in one account and region. */
export const together = (one: Placement | WebPlacement, other: Placement): boolean =>
  one.env.account === other.env.account && one.env.region === other.env.region
