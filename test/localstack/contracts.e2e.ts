// The ports' contract suites on servers that speak AWS's protocols: GAVOTTE_SQS_URL, GAVOTTE_DYNAMODB_URL and GAVOTTE_SCHEDULER_URL, or
// AWS_ENDPOINT_URL for all.
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { CreateScheduleGroupCommand, DeleteScheduleGroupCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll } from '@jest/globals'
import { SqsMailbox } from '../../lib/aws/mailbox.ts'
import { EventBridgeScheduler } from '../../lib/aws/scheduler.ts'
import { SqsClients } from '../../lib/aws/sqs-clients.ts'
import { DynamoStore } from '../../lib/aws/store.ts'
import { tableInput } from '../../lib/local/tables.ts'
import type { Queue } from '../../lib/ports/mailbox.ts'
import { type MailboxUnderTest, mailboxClaims } from '../contracts/mailbox.ts'
import { type SchedulerUnderTest, schedulerClaims } from '../contracts/scheduler.ts'
import { findSchedule } from '../contracts/schedules.ts'
import { type StoreUnderTest, storeClaims } from '../contracts/store.ts'

const { AWS_ENDPOINT_URL: all, GAVOTTE_SQS_URL: sqsUrl = all, GAVOTTE_DYNAMODB_URL: dynamodbUrl = all } = process.env
const { GAVOTTE_SCHEDULER_URL: schedulerUrl = all } = process.env
const run = crypto.randomUUID().slice(0, 8)

if (sqsUrl !== undefined) {
  const config = { endpoint: sqsUrl, useQueueUrlAsEndpoint: false }
  const sqs = new SQSClient(config)
  const urls: string[] = []
  afterAll(() => sqs.destroy())

  const create = async (name: string): Promise<string> => {
    const fifo = name.endsWith('.fifo')
    const { QueueUrl = '' } = await sqs.send(
      new CreateQueueCommand({
        QueueName: `${run}-${name}`,
        Attributes: { VisibilityTimeout: '60', ...(fifo && { FifoQueue: 'true' }) },
      }),
    )
    urls.push(QueueUrl)
    return QueueUrl
  }

  const arnOf = async (QueueUrl: string): Promise<string> => {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
    return Attributes?.QueueArn ?? ''
  }

  if (schedulerUrl !== undefined) {
    schedulerClaims('EventBridgeScheduler', async (): Promise<SchedulerUnderTest> => {
      const client = new SchedulerClient({ endpoint: schedulerUrl })
      const [group, queue] = [`${run}-all`, await create('desk-timer')]
      await client.send(new CreateScheduleGroupCommand({ Name: group }))
      const timer = { queue, arn: await arnOf(queue), role: 'arn:aws:iam::000000000000:role/unused', group }
      const scheduler = new EventBridgeScheduler({ timer, clock: Date, config: { endpoint: schedulerUrl } })
      return {
        scheduler,
        // AWS itself is within a minute, and the adapter keeps away from the past.
        patienceMs: process.env.GAVOTTE_EMULATOR === '' ? 90_000 : 15_000,
        find: findSchedule(client, group),
        arrived: async () => {
          const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10 }))
          return Messages.map(({ Body = '' }) => Body)
        },
        close: async () => {
          await client.send(new DeleteScheduleGroupCommand({ Name: group }))
          scheduler.destroy()
          client.destroy()
        },
      }
    })
  }

  mailboxClaims('SqsMailbox', async (): Promise<MailboxUnderTest> => {
    const timerQueue = await create('order-timer')
    const timerArn = await arnOf(timerQueue)
    const order = {
      mailbox: await create('order.fifo'),
      deadLetter: await create('order-dlq.fifo'),
      table: 'order',
      timer: { queue: timerQueue, arn: timerArn, role: 'unused', group: 'unused' },
    }
    const web = { mailbox: await create('web'), table: 'web' }
    const queues: { readonly [process: string]: { readonly [role in Queue['role']]?: string } } = {
      order: { ...order, timer: timerQueue },
      web,
    }
    return {
      timerArn,
      mailbox: new SqsMailbox({ sqs: new SqsClients(config), routes: { order, web }, process: 'order' }),
      receive: async ({ role, process }) => {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: queues[process]?.[role],
            MaxNumberOfMessages: 10,
            MessageSystemAttributeNames: ['All'],
            MessageAttributeNames: ['All'],
          }),
        )
        return Messages.map(({ ReceiptHandle = '', Body = '', Attributes = {}, MessageAttributes = {} }) => ({
          receipt: ReceiptHandle,
          body: Body,
          ...(Attributes.MessageGroupId !== undefined && { group: Attributes.MessageGroupId }),
          ...(Attributes.MessageDeduplicationId !== undefined && { deduplication: Attributes.MessageDeduplicationId }),
          attributes: Object.fromEntries(
            Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue ?? '']),
          ),
        }))
      },
      close: async () => {
        await Promise.all(urls.map((QueueUrl) => sqs.send(new DeleteQueueCommand({ QueueUrl }))))
      },
    }
  })
}

if (dynamodbUrl !== undefined) {
  const dynamodb = new DynamoDBClient({ endpoint: dynamodbUrl })
  afterAll(() => dynamodb.destroy())
  let made = 0

  storeClaims('DynamoStore', async (): Promise<StoreUnderTest> => {
    const table = `${run}-${made++}`
    await dynamodb.send(new CreateTableCommand(tableInput(table)))
    await waitUntilTableExists({ client: dynamodb, maxWaitTime: 60, minDelay: 1 }, { TableName: table })
    let now = 1_000_000
    return {
      store: new DynamoStore({ dynamodb, table, clock: { now: () => now } }),
      setNow: (ms) => {
        now = ms
      },
      close: async () => {
        await dynamodb.send(new DeleteTableCommand({ TableName: table }))
      },
    }
  })
}
