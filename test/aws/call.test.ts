// Direct calls and cancellations of the typed client.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { type Client, connect } from '../../lib/aws/connect.ts'
import { CallFailed } from '../../lib/core/call.ts'
import { contract } from '../../lib/core/contract.ts'
import { Misconfigured, Rejected, Transient } from '../../lib/core/errors.ts'
import { FakeLambda, type LambdaReply } from './fake-lambda.ts'
import { FakeSqs } from './fake-sqs.ts'

const Order = contract('order', {
  messages: { Place: z.object({}) },
  calls: { Price: { request: z.object({ pieces: z.coerce.number<string>() }), reply: z.object({ cents: z.int() }) } },
})
const Web = contract('web', { messages: {}, calls: { Ping: { request: z.object({}), reply: z.object({}) } } })

let lambda: FakeLambda
let sqs: FakeSqs
let client: Client<'order' | 'web'>
beforeEach(async () => {
  lambda = await new FakeLambda().open()
  sqs = await new FakeSqs().open()
  client = connect({ uses: [Order, Web], lambda: lambda.config, sqs: sqs.config })
})
afterEach(async () => {
  await client.close()
  await lambda.close()
  await sqs.close()
})

const price = (options?: { key?: string; timeout?: number }) => client.call(Order, '42').Price({ pieces: '3' }, options)

describe('a direct call', () => {
  test('invokes the function with the request in an envelope, and resolves to the reply', async () => {
    lambda.reply = () => ({ answer: { ok: true, reply: { cents: 30 } } })
    expect(await price({ key: 'click-1' })).toEqual({ cents: 30 })
    expect(lambda.invoked).toEqual([
      {
        name: 'gavotte-order',
        type: 'RequestResponse',
        gavotte: 'call',
        envelope: {
          v: 1,
          id: 'click-1',
          to: '42',
          type: 'Price',
          body: { pieces: '3' },
          at: expect.any(Number),
          trace: 'click-1',
          hops: 0,
        },
      },
    ])
  })

  test('without a key has an id of its own, from the connection', async () => {
    await Promise.all([client.call(Web, 'a').Ping(), client.call(Web, 'a').Ping()])
    const [one, other] = lambda.invoked.map(({ envelope }) => envelope)
    expect(one?.from).toMatch(/^~client\/[0-9a-f-]{36}$/)
    expect([one?.id, other?.id].sort()).toEqual([`${one?.from}/0/0`, `${one?.from}/0/1`])
  })

  test('goes to the function that its route names', async () => {
    const routes = { web: { mailbox: 'http://queue', table: 'table', function: 'web-of-another' } }
    const other = connect({ uses: [Web], routes, lambda: lambda.config })
    await other.call(Web, 'a').Ping()
    expect(lambda.invoked[0]?.name).toBe('web-of-another')
    await other.close()
  })

  test('that the process refuses is told by its code', async () => {
    lambda.reply = () => ({ answer: { ok: false, code: 'sold-out', message: 'none is left' } })
    await expect(price()).rejects.toEqual(new CallFailed('sold-out', 'none is left'))
  })

  test('whose request does not fit is refused before anything is invoked', async () => {
    await expect(client.call(Order, '42').Price({ pieces: 'many' })).rejects.toThrow(/order\.Price: pieces/)
    await expect(client.call(Order, 'a b').Price({ pieces: '3' })).rejects.toBeInstanceOf(Rejected)
    expect(lambda.invoked).toEqual([])
  })

  test('whose reply does not fit is refused, and by its name', async () => {
    lambda.reply = () => ({ answer: { ok: true, reply: { cents: 'thirty' } } })
    await expect(price()).rejects.toThrow(/reply of order\.Price: cents/)
  })

  test.each<[string, LambdaReply]>([
    ['the function throws', { functionError: { errorType: 'Transient', errorMessage: 'aws-unavailable' } }],
    ['Lambda throttles it', { fault: { status: 429, type: 'TooManyRequestsException' } }],
    ['Lambda fails', { fault: { status: 500, type: 'ServiceException' } }],
    ['no answer comes in time', 'hangs'],
  ])('is Transient and says what to do where %s', async (_, reply) => {
    lambda.reply = () => reply
    const calling = price({ timeout: 300 })
    await expect(calling).rejects.toBeInstanceOf(Transient)
    await expect(calling).rejects.toThrow(/Invoke of gavotte-order.*Call again under the same key/)
  })

  test.each<[string, LambdaReply, RegExp]>([
    ['there is none', { fault: { status: 404, type: 'ResourceNotFoundException' } }, /^not-found: /],
    ['it is not allowed', { fault: { status: 403, type: 'AccessDeniedException' } }, /^access-denied: /],
    ['it is no process', { answer: { batchItemFailures: [] } }, /^no-answer: /],
  ])('of a function is Misconfigured where %s', async (_, reply, reason) => {
    lambda.reply = () => reply
    const calling = price()
    await expect(calling).rejects.toBeInstanceOf(Misconfigured)
    await expect(calling).rejects.toThrow(reason)
  })

  test('of one that is not in uses is refused, by type and at run', async () => {
    const other = connect({ uses: [Web], lambda: lambda.config })
    // @ts-expect-error order is not in uses
    expect(() => other.call(Order, '42')).toThrow(/not-in-uses: order/)
    await other.close()
  })
})

test('a cancellation is a message to the instance, of all its flows or of one message', async () => {
  await client.cancel(Order, '42')
  await client.cancel(Order, '42', { flow: 'Place' })
  const sent = sqs.batches.flat().map(({ MessageBody }) => JSON.parse(MessageBody))
  expect(sent.map(({ to, type, body }) => ({ to, type, body }))).toEqual([
    { to: '42', type: '~cancel', body: {} },
    { to: '42', type: '~cancel', body: { flow: 'Place' } },
  ])
})
