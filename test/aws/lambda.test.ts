import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import * as z from 'zod'
import { resolvedIn } from '../../lib/aws/failures.ts'
import { type QueueRecord, toLambda } from '../../lib/aws/lambda.ts'
import { DynamoStore } from '../../lib/aws/store.ts'
import { CallFailed } from '../../lib/core/call.ts'
import { contract } from '../../lib/core/contract.ts'
import { defineProcess } from '../../lib/core/definition.ts'
import { Misconfigured, Transient } from '../../lib/core/errors.ts'
import { startDynalite, type TestTables } from './dynalite.ts'
import { FakeSqs } from './fake-sqs.ts'

const Web = contract('web', { messages: { Done: z.object({ count: z.int() }) } })
const Order = contract('order', {
  messages: { Place: z.object({ count: z.int() }), Break: z.object({}) },
  calls: { Add: { request: z.object({ count: z.int() }), reply: z.object({ count: z.int() }) } },
})
const order = defineProcess(Order, { state: z.object({ count: z.int() }), uses: [Web], deploy: { timers: false } }).handle({
  initial: () => ({ count: 0 }),
  on: {
    Place(ctx, { count }) {
      ctx.state.count += count
      ctx.send(Web, 'a').Done({ count: ctx.state.count })
    },
    Break() {
      throw new Error('broken')
    },
  },
  answer: {
    Add(ctx, { count }) {
      if (count < 0) throw new CallFailed('negative', 'count up')
      ctx.state.count += count
      return { count: ctx.state.count }
    },
  },
})

let sqs: FakeSqs
let tables: TestTables
const variables = process.env
beforeEach(async () => {
  sqs = await new FakeSqs().open()
  tables = await startDynalite()
  await tables.create('gavotte-order')
  process.env = {
    ...variables,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SQS: sqs.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: tables.config.endpoint,
    GAVOTTE_APP: 'gavotte',
    GAVOTTE_LOG_LEVEL: 'error',
    GAVOTTE_ROUTES: JSON.stringify({
      order: {
        mailbox: sqs.urlOf('gavotte-order.fifo'),
        deadLetter: sqs.urlOf('gavotte-order-dlq.fifo'),
        table: 'gavotte-order',
      },
      web: { mailbox: sqs.urlOf('gavotte-web'), table: 'gavotte-web' },
    }),
  }
})
afterEach(async () => {
  process.env = variables
  await sqs.close()
  await tables.close()
})

const context = { getRemainingTimeInMillis: () => 20_000 }
const record = (messageId: string, body: object): QueueRecord => ({
  messageId,
  receiptHandle: `receipt-${messageId}`,
  body: JSON.stringify(body),
  attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1795424400000', MessageDeduplicationId: `dedup-${messageId}` },
})
const stateOf = async (instance: string): Promise<unknown> => {
  const dynamodb = new DynamoDBClient(tables.config)
  const item = await new DynamoStore({ dynamodb, table: 'gavotte-order', clock: Date }).get(instance, 'record')
  dynamodb.destroy()
  return item && JSON.parse(item.attributes.state as string)
}

test('a batch is committed, what it sends is sent, and nothing is returned', async () => {
  const handler = toLambda(order)
  const event = {
    Records: [
      record('m1', { to: '42', type: 'Place', body: { count: 2 } }),
      record('m2', { to: '42', type: 'Place', body: { count: 3 } }),
    ],
  }
  expect(await handler(event, context)).toEqual({ batchItemFailures: [] })
  expect(await stateOf('42')).toEqual({ count: 5 })
  const bundles = sqs.batches.flat().map(({ MessageBody }) => JSON.parse(MessageBody))
  expect(bundles.flat().map(({ body }) => body)).toEqual([{ count: 2 }, { count: 5 }])
  // The same deliveries once more change nothing.
  expect(await handler(event, context)).toEqual({ batchItemFailures: [] })
  expect(await stateOf('42')).toEqual({ count: 5 })
})

test('a message whose handler throws stays on the queue, a neighbour does not', async () => {
  const event = {
    Records: [record('m1', { to: '42', type: 'Break' }), record('m2', { to: '43', type: 'Place', body: { count: 1 } })],
  }
  expect(await toLambda(order)(event, context)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] })
  expect(await stateOf('43')).toEqual({ count: 1 })
})

test('what has the attributes of a dead letter is the redrive of it', async () => {
  const handler = toLambda(order)
  const dead = record('m1', { id: 'click-1', to: '42', type: 'Place', body: { count: 'two' } })
  await handler({ Records: [dead] }, context)
  const redriven = { ...dead, messageId: 'm2', messageAttributes: { id: {}, reason: {} } }
  const audited = () => Array.fromAsync(resolvedIn({ dynamodb, name: 'gavotte-order' }, 'order', '42', {}))
  const dynamodb = new DynamoDBClient(tables.config)
  await handler({ Records: [{ ...dead, messageId: 'm3', messageAttributes: { reason: {} } }] }, context)
  expect(await audited()).toEqual([])
  await handler({ Records: [redriven] }, context)
  expect(await audited()).toMatchObject([{ id: 'click-1', how: 'redriven' }])
  dynamodb.destroy()
})

test('a direct call is answered, and once under its id', async () => {
  const handler = toLambda(order)
  const call = (id: string, count: number) =>
    handler({ gavotte: 'call', envelope: JSON.stringify({ id, to: '42', type: 'Add', body: { count } }) }, context)
  expect(await call('a', 2)).toEqual({ ok: true, reply: { count: 2 } })
  expect(await call('b', 3)).toEqual({ ok: true, reply: { count: 5 } })
  expect(await call('a', 2)).toEqual({ ok: true, reply: { count: 2 } })
  expect(await call('c', -1)).toEqual({ ok: false, code: 'negative', message: expect.stringContaining('count up') })
  expect(await stateOf('42')).toEqual({ count: 5 })
})

test('a direct call that nobody can say of whether it was done fails the function', async () => {
  await tables.close()
  const envelope = JSON.stringify({ id: 'a', to: '42', type: 'Add', body: { count: 1 } })
  await expect(toLambda(order)({ gavotte: 'call', envelope }, context)).rejects.toBeInstanceOf(Transient)
  tables = await startDynalite()
}, 20_000)

test('a wrong environment throws, so that nothing is acknowledged', async () => {
  process.env = { ...process.env, GAVOTTE_ROUTES: '' }
  await expect(toLambda(order)({ Records: [] }, context)).rejects.toBeInstanceOf(Misconfigured)
})
