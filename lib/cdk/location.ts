// Where a process is in AWS. All is derived from names, so that no stack needs another's exports.
import { roleName, schedulerRoleName } from './names.ts'
import type { Placement } from './plan.ts'

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
  readonly roleArn: string
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
  const role = (name: string): string => `arn:${home.partition}:iam::${account}:role/${name}`
  const tableArn = arn('dynamodb', `table/${names.table}`)
  return {
    account,
    mailboxUrls: mailboxes.map(url),
    mailboxArns: mailboxes.map((queue) => arn('sqs', queue)),
    deadLetterUrl: url(names.deadLetter),
    tableArn,
    table: account === home.account && region === home.region ? names.table : tableArn,
    roleArn: role(roleName(placement, region)),
    timerUrl: url(names.timer),
    timerArn: arn('sqs', names.timer),
    schedulerRoleArn: role(schedulerRoleName(placement, region)),
    schedulesArn: arn('scheduler', `schedule/${scheduleGroup}/*`),
  }
}
