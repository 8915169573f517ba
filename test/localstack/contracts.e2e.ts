// The ports' contract suites on servers that speak AWS's protocols: GAVOTTE_SQS_URL and GAVOTTE_DYNAMODB_URL, or AWS_ENDPOINT_URL for both.
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb'
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll } from '@jest/globals'
import { SqsMailbox } from '../../lib/aws/mailbox.ts'
import { SqsClients } from '../../lib/aws/sqs-clients.ts'
import { DynamoStore } from '../../lib/aws/store.ts'
import { tableInput } from '../../lib/local/tables.ts'
import type { Queue } from '../../lib/ports/mailbox.ts'
import { type MailboxUnderTest, mailboxClaims } from '../contracts/mailbox.ts'
import { type StoreUnderTest, storeClaims } from '../contracts/store.ts'

const { AWS_ENDPOINT_URL: both, GAVOTTE_SQS_URL: sqsUrl = both, GAVOTTE_DYNAMODB_URL: dynamodbUrl = both } = process.env
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

  mailboxClaims('SqsMailbox', async (): Promise<MailboxUnderTest> => {
    const order = { mailbox: await create('order.fifo'), deadLetter: await create('order-dlq.fifo'), table: 'order' }
    const web = { mailbox: await create('web'), table: 'web' }
    const queues: { readonly [process: string]: { readonly [role in Queue['role']]?: string } } = { order, web }
    return {
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
