import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { connect } from '../../lib/aws/connect.ts'
import { DynamoStore } from '../../lib/aws/store.ts'
import { contract } from '../../lib/core/contract.ts'
import { deduplicationOf } from '../../lib/core/digest.ts'
import { Misconfigured, Rejected, Transient } from '../../lib/core/errors.ts'
import { startDynalite, type TestTables } from './dynalite.ts'
import { FakeSqs, type SentEntry } from './fake-sqs.ts'

const Order = contract('order', {
  messages: { Place: z.object({ quantity: z.coerce.number<string>() }), Shipped: z.object({}) },
  view: z.object({ status: z.string().transform((text) => text.toUpperCase()) }),
})
const Web = contract('web', { messages: { Hit: z.object({ path: z.string() }) } })
const Nobody = contract('nobody', { messages: { Hit: z.object({}) } })

let sqs: FakeSqs
const connected = () => connect({ uses: [Order, Web, Nobody], sqs: sqs.config })
const envelope = (entry: SentEntry | undefined) => JSON.parse(entry?.MessageBody ?? 'null')
beforeEach(async () => {
  sqs = await new FakeSqs().open()
})
afterEach(() => sqs.close())

describe('a message', () => {
  test('under a key travels by it, from nobody, to the group of its instance', async () => {
    const client = connected()
    expect(await client.send(Order, '42').Place({ quantity: '3' }, { key: 'click-1' })).toEqual({ id: 'click-1' })
    const [entry] = sqs.batches[0] ?? []
    expect(entry).toMatchObject({ MessageGroupId: '42', MessageDeduplicationId: deduplicationOf('click-1', 'order/42') })
    expect(envelope(entry)).toEqual({
      v: 1,
      id: 'click-1',
      to: '42',
      type: 'Place',
      body: { quantity: '3' },
      at: expect.any(Number),
      trace: 'click-1',
      hops: 0,
    })
    await client.close()
  })

  test('without a key comes from the connection, numbered', async () => {
    const client = connected()
    const ids = await Promise.all([client.send(Order, '42').Shipped(), client.send(Web, 'a').Hit({ path: '/' })])
    const [first, second] = sqs.batches.flat().map(envelope)
    expect(first.from).toMatch(/^~client\/[0-9a-f-]{36}$/)
    expect([first.id, second.id].sort()).toEqual([`${first.from}/0/0`, `${first.from}/0/1`])
    expect(ids.map(({ id }) => id)).toEqual([`${first.from}/0/0`, `${first.from}/0/1`])
    await client.close()
  })

  test.each([
    ['a body that the contract does not take', '42', { quantity: 'many' }, undefined, /order\.Place: quantity/],
    ['an instance id with a space', 'a b', { quantity: '3' }, undefined, /illegal-instance-id/],
    ['an empty key', '42', { quantity: '3' }, '', /illegal-key/],
    ['a key of the framework’s own', '42', { quantity: '3' }, '~client/x/0/1', /illegal-key/],
    ['more than SQS takes', '42', { quantity: `3${' '.repeat(1_048_576)}` }, undefined, /too-large/],
  ] as const)('is refused for %s, before anything is sent', async (_, id, body, key, reason) => {
    const client = connected()
    const sending = client.send(Order, id).Place(body, { ...(key !== undefined && { key }) })
    await expect(sending).rejects.toThrow(reason)
    await expect(sending).rejects.toBeInstanceOf(Rejected)
    expect(sqs.batches).toEqual([])
    await client.close()
  })
})

describe('the queue of a process', () => {
  test('is found by name once, FIFO first', async () => {
    const client = connected()
    for (const path of ['/1', '/2']) await client.send(Web, 'a').Hit({ path })
    const named = sqs.asked.filter(({ operation }) => operation === 'GetQueueUrl').map(({ input }) => input.QueueName)
    expect(named).toEqual(['gavotte-web.fifo', 'gavotte-web'])
    expect(sqs.batches.flat()[0]).not.toHaveProperty('MessageDeduplicationId')
    await client.close()
  })

  test('is asked for again after it was missing', async () => {
    const client = connected()
    await expect(client.send(Nobody, 'a').Hit()).rejects.toBeInstanceOf(Misconfigured)
    sqs.queues.push('gavotte-nobody.fifo')
    await client.send(Nobody, 'a').Hit()
    await client.close()
  })

  test('is taken from routes where they are given', async () => {
    const routes = { order: { mailbox: sqs.urlOf('elsewhere.fifo'), table: 'elsewhere' } }
    const client = connect({ uses: [Order], routes, sqs: sqs.config })
    await client.send(Order, '42').Shipped()
    expect(sqs.asked.map(({ operation, input }) => [operation, input.QueueUrl])).toEqual([
      ['SendMessageBatch', sqs.urlOf('elsewhere.fifo')],
    ])
    await client.close()
  })
})

describe('sends of one tick', () => {
  test('travel ten to a batch', async () => {
    const client = connected()
    await Promise.all(Array.from({ length: 25 }, (_, n) => client.send(Order, `${n}`).Shipped()))
    expect(sqs.batches.map((batch) => batch.length).sort()).toEqual([10, 10, 5])
    await client.close()
  })

  test('are parted where together they exceed a batch', async () => {
    const client = connected()
    const path = 'x'.repeat(400_000)
    await Promise.all(Array.from({ length: 3 }, () => client.send(Web, 'a').Hit({ path })))
    expect(sqs.batches.map((batch) => batch.length).sort()).toEqual([1, 2])
    await client.close()
  })

  test('to one instance of an ordered mailbox go one after another, even if one is tried again', async () => {
    const client = connected()
    let refusals = 2
    sqs.answer = ({ operation }) =>
      operation === 'SendMessageBatch' && refusals-- > 0
        ? { failed: { 0: { Code: 'InternalError', SenderFault: false } } }
        : undefined
    await Promise.all(Array.from({ length: 4 }, (_, n) => client.send(Order, '42').Place({ quantity: String(n) })))
    const sent = sqs.batches.map((batch) => batch.map((entry) => envelope(entry).body.quantity))
    expect(sent).toEqual([['0'], ['0'], ['0'], ['1'], ['2'], ['3']])
    expect(new Set(sqs.batches.slice(0, 3).map(([entry]) => entry?.MessageBody)).size).toBe(1)
    await client.close()
  })

  test('settle each with its own result', async () => {
    const client = connected()
    sqs.answer = ({ operation }) =>
      operation === 'SendMessageBatch' ? { failed: { 1: { Code: 'InvalidMessageContents', SenderFault: true } } } : undefined
    const results = await Promise.allSettled(['a', 'b', 'c'].map((id) => client.send(Order, id).Shipped()))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[1]).toMatchObject({ reason: expect.any(Rejected) })
    expect(sqs.batches).toHaveLength(1)
    await client.close()
  })

  test('that never get through are Transient after some rounds', async () => {
    const client = connected()
    sqs.answer = ({ operation }) =>
      operation === 'SendMessageBatch' ? { failed: { 0: { Code: 'InternalError', SenderFault: false } } } : undefined
    await expect(client.send(Order, '42').Shipped()).rejects.toBeInstanceOf(Transient)
    expect(sqs.batches).toHaveLength(4)
    await client.close()
  })

  test('are all done when close resolves', async () => {
    const client = connected()
    const sends = Array.from({ length: 30 }, () => client.send(Order, '42').Shipped())
    await sends[0]
    await client.close()
    expect(sqs.batches.flat()).toHaveLength(30)
    await Promise.all(sends)
  })
})

describe('a view', () => {
  let tables: TestTables
  beforeAll(async () => {
    tables = await startDynalite()
    await tables.create('gavotte-order')
  })
  afterAll(() => tables.close())

  test('is what the instance published, as the contract reads it', async () => {
    const dynamodb = new DynamoDBClient(tables.config)
    const store = new DynamoStore({ dynamodb, table: 'gavotte-order', clock: Date })
    await store.put({ pk: '42', sk: 'record', attributes: { version: 1, nonce: 'a', view: '{"status":"new"}' } })
    const client = connect({ uses: [Order], dynamodb: tables.config })
    expect(await client.view(Order, '42')).toEqual({ status: 'NEW' })
    expect(await client.view(Order, '42', { consistent: true })).toEqual({ status: 'NEW' })
    expect(await client.view(Order, '43')).toBeUndefined()
    await client.close()
    dynamodb.destroy()
  })
})

test('a process that is not in uses is refused, by type and at run', async () => {
  const client = connect({ uses: [Order] })
  // @ts-expect-error web is not in uses
  expect(() => client.send(Web, 'a')).toThrow(/not-in-uses: web/)
  await client.close()
})
