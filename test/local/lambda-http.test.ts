// The Invoke API of Lambda, as the SDK speaks it.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InvokeCommand, type InvokeCommandInput, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { CloudEvent } from '../../lib/local/cloud-event.ts'
import { Environments } from '../../lib/local/environments.ts'
import { lambdaHandler } from '../../lib/local/lambda-http.ts'
import type { Outcome } from '../../lib/local/worker.ts'

const events: CloudEvent[] = []
const counted: string[] = []
let outcome: (event: unknown) => Outcome = (event) => ({ kind: 'returned', response: JSON.stringify({ event }) })
let broken: string | undefined
const environments = new Environments(
  async () => ({
    invoke: async (_, event) => outcome(event),
    ended: () => broken,
    close: async () => {},
  }),
  { most: 1 },
)
const functions = new Map([['shop-order', { process: 'order', environments }]])
const server = createServer(
  lambdaHandler({ functions, count: (action) => counted.push(action), onEvent: (event) => events.push(event) }),
)
let client: LambdaClient
beforeAll(async () => {
  await environments.load()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  client = new LambdaClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
})
afterAll(async () => {
  client.destroy()
  server.close()
  await environments.close()
})
beforeEach(() => {
  events.length = 0
  counted.length = 0
  broken = undefined
})

const invoke = async (more: Partial<InvokeCommandInput> = {}) => {
  const input = { FunctionName: 'shop-order', Payload: Buffer.from('{"a":"ä"}'), ...more }
  const { Payload, ...said } = await client.send(new InvokeCommand(input))
  return { ...said, payload: Buffer.from(Payload ?? []).toString() }
}

describe('an invocation', () => {
  test.each(['shop-order', 'shop-order:$LATEST', 'arn:aws:lambda:us-east-1:000000000000:function:shop-order'])(
    'of %s gives the function its event, and its response back',
    async (FunctionName) => {
      const { StatusCode, FunctionError, ExecutedVersion, payload } = await invoke({ FunctionName })
      expect({ StatusCode, FunctionError, ExecutedVersion, payload }).toEqual({
        StatusCode: 200,
        FunctionError: undefined,
        ExecutedVersion: '$LATEST',
        payload: '{"event":{"a":"ä"}}',
      })
      expect(counted).toEqual(['Invoke'])
      expect(events).toEqual([{ kind: 'called', process: 'order', ms: expect.any(Number) }])
    },
  )

  test.each<[Outcome, object]>([
    [
      { kind: 'threw', reason: 'TypeError: no\nsuch thing' },
      { errorType: 'TypeError', errorMessage: 'no\nsuch thing' },
    ],
    [
      { kind: 'threw', reason: 'thrown value: 1' },
      { errorType: 'Error', errorMessage: 'thrown value: 1' },
    ],
    [
      { kind: 'timedOut', reason: 'timed out after 1 s' },
      { errorType: 'Sandbox.Timedout', errorMessage: 'timed out after 1 s' },
    ],
    [
      { kind: 'died', reason: 'it ended itself' },
      { errorType: 'Runtime.ExitError', errorMessage: 'it ended itself' },
    ],
  ])('that fails is a function error: %j', async (failed, said) => {
    outcome = () => failed
    const { StatusCode, FunctionError, payload } = await invoke()
    expect({ StatusCode, FunctionError, payload: JSON.parse(payload) }).toEqual({
      StatusCode: 200,
      FunctionError: 'Unhandled',
      payload: said,
    })
    expect(events).toMatchObject([{ kind: 'called', reason: 'reason' in failed ? failed.reason : '' }])
  })

  test('of type Event is accepted at once, and done', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    outcome = (event) => {
      resolve(event)
      return { kind: 'returned', response: 'null' }
    }
    expect(await invoke({ InvocationType: 'Event' })).toMatchObject({ StatusCode: 202, payload: '' })
    expect(await promise).toEqual({ a: 'ä' })
  })

  test('that would wait behind a thousand others is refused, as Lambda does where no more may run', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const others = Array.from({ length: 1001 }, () => environments.use(() => promise))
    await expect(invoke()).rejects.toMatchObject({ name: 'TooManyRequestsException' })
    resolve()
    await Promise.all(others)
  })

  test('waits on no dead environment: the client may try again', async () => {
    broken = 'out of memory'
    await expect(invoke()).rejects.toMatchObject({ name: 'ServiceException', $metadata: { httpStatusCode: 500 } })
    expect(events).toEqual([{ kind: 'ended', process: 'order', reason: 'out of memory', retryMs: 0 }])
  })

  test.each<[Partial<InvokeCommandInput>, string]>([
    [{ FunctionName: 'shop-other' }, 'ResourceNotFoundException'],
    [{ Payload: Buffer.from('{') }, 'InvalidRequestContentException'],
    [{ Payload: Buffer.from(JSON.stringify('x'.repeat(6 * 1024 * 1024))) }, 'RequestTooLargeException'],
  ])('is refused by name: case %#', async (more, name) => {
    await expect(invoke(more)).rejects.toMatchObject({ name })
  })
})
