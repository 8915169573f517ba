// What the suites ask AWS themselves: what stands there, what queues hold, and waiting until something holds.
import { setTimeout as sleep } from 'node:timers/promises'
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { DeleteTableCommand, DynamoDBClient, ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb'
import {
  GetFunctionUrlConfigCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda'
import {
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler'
import { ListQueuesCommand, type Message, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { DynamoStore } from '../../lib/aws/store.ts'
import { readRecord } from '../../lib/runtime/records.ts'
import { report } from './report.ts'

/** Clients as the SDK configures itself from the environment, like the project's own. */
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false })
export const dynamodb = new DynamoDBClient()
const lambda = new LambdaClient()
const scheduler = new SchedulerClient()
const cloudFormation = new CloudFormationClient()

/** URL of a queue of LocalStack's one account. */
const queueUrl = (name: string): string => `${process.env.AWS_ENDPOINT_URL}/000000000000/${name}`

/** Where a web function is asked. */
export const functionUrl = async (name: string): Promise<URL> => {
  const { FunctionUrl = '' } = await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: name }))
  return new URL(FunctionUrl)
}

/** Puts text on a queue as any tool would; SQS never takes it for one that was sent before. */
export const sendRaw = (queue: string, body: string, group: string) =>
  sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl(queue),
      MessageBody: body,
      MessageGroupId: group,
      MessageDeduplicationId: crypto.randomUUID(),
    }),
  )

export const receive = async (queue: string): Promise<readonly Message[]> => {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl(queue),
    MaxNumberOfMessages: 10,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All'],
  })
  return (await sqs.send(command)).Messages ?? []
}

interface Standing {
  readonly stacks: readonly string[]
  readonly functions: readonly string[]
  readonly mappings: readonly string[]
  readonly queues: readonly string[]
  readonly tables: readonly string[]
  readonly scheduleGroups: readonly string[]
}

/** Names of all that stands of an app, each list in order. */
export const standing = async (app: string): Promise<Standing> => {
  const own = (names: readonly (string | undefined)[]): readonly string[] =>
    names
      .filter((name) => name?.startsWith(`${app}-`) === true)
      .map(String)
      .sort()
  const [stacks, functions, mappings, queues, tables, groups] = await Promise.all([
    cloudFormation.send(new DescribeStacksCommand()),
    lambda.send(new ListFunctionsCommand()),
    lambda.send(new ListEventSourceMappingsCommand()),
    sqs.send(new ListQueuesCommand({ QueueNamePrefix: `${app}-` })),
    dynamodb.send(new ListTablesCommand()),
    scheduler.send(new ListScheduleGroupsCommand()),
  ])
  return {
    // LocalStack lists deleted stacks too.
    stacks: own(
      stacks.Stacks?.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE').map(({ StackName }) => StackName) ?? [],
    ),
    functions: own(functions.Functions?.map(({ FunctionName }) => FunctionName) ?? []),
    mappings: own(mappings.EventSourceMappings?.map(({ EventSourceArn }) => EventSourceArn?.split(':').at(-1)) ?? []),
    queues: own(queues.QueueUrls?.map((url) => url.split('/').at(-1)) ?? []),
    tables: own(tables.TableNames ?? []),
    scheduleGroups: own(groups.ScheduleGroups?.map(({ Name }) => Name) ?? []),
  }
}

/** What the stacks leave behind by policy, so that the app can be deployed again. */
export const dropKept = async (app: string): Promise<void> => {
  const { tables, scheduleGroups } = await standing(app)
  await Promise.all([
    ...tables.map((TableName) => dynamodb.send(new DeleteTableCommand({ TableName }))),
    ...scheduleGroups.map((Name) => scheduler.send(new DeleteScheduleGroupCommand({ Name }))),
  ])
}

/** The schedules of a group, whole. */
export const schedulesOf = async (GroupName: string): Promise<readonly GetScheduleCommandOutput[]> => {
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({ GroupName }))
  return Promise.all(Schedules.map(({ Name }) => scheduler.send(new GetScheduleCommand({ Name, GroupName }))))
}

/** States of all instances of a process, by instance. */
export const statesOf = async (table: string): Promise<{ readonly [instance: string]: unknown }> => {
  const store = new DynamoStore({ dynamodb, table, clock: Date })
  const states: { [instance: string]: unknown } = {}
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName: table, ConsistentRead: true })) {
    const instances = Items.flatMap(({ pk, sk }) => (sk?.S === 'record' && pk?.S !== undefined ? [pk.S] : []))
    const read = async (instance: string): Promise<void> => {
      const { state } = await readRecord(store, instance)
      if (state !== undefined) states[instance] = JSON.parse(state)
    }
    await Promise.all(instances.map(read))
  }
  return states
}

interface Waiting<T> {
  readonly withinSeconds?: number
  /** A line on how far it is, every ten seconds. */
  readonly progress?: (found: T) => string
}

/**
 * Reads until `holds`; what was read last is returned in any case, for the claim to be made on it.
 * @param withinSeconds default 90: a machine may be busy, and LocalStack's pollers look at a queue of an idle process seldom
 */
export const eventually = async <T>(
  read: () => Promise<T>,
  holds: (found: T) => boolean,
  { withinSeconds = 90, progress }: Waiting<T> = {},
): Promise<T> => {
  const end = Date.now() + withinSeconds * 1000
  for (let said = Date.now(); ; ) {
    const found = await read()
    if (holds(found) || Date.now() > end) return found
    if (progress !== undefined && Date.now() - said > 10_000) {
      said = Date.now()
      report(progress(found))
    }
    await sleep(300)
  }
}
