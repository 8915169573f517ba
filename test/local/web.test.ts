// A web function in the local cloud, end to end: its URL, its client of a process, and what the client of the URL sees when it fails.
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type CloudEvent, type LocalCloud, startLocalCloud } from '../../lib/local/index.ts'
import { app } from './fixtures/shop/app.ts'

// A busy machine takes its time to load the SDK in every worker.
jest.setTimeout(30_000)

const events: CloudEvent[] = []
let folder = ''
let cloud: LocalCloud
let url = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gavotte-web-'))
  cloud = await startLocalCloud({ app, port: 0, data: folder, onEvent: (event) => events.push(event) })
  url = cloud.web.web ?? ''
})
afterAll(async () => {
  await cloud.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  events.length = 0
})

const ask = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(`${url}${path}`, init)
  return { status: response.status, headers: response.headers, body: await response.text() }
}
const post = (path: string, body: unknown) =>
  ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const served = () => events.filter((one) => one.kind === 'served')

test('it sends to the process that it uses, calls it and reads its view, and needs to be told nothing', async () => {
  const { status, body } = await post('/take', { pence: 5 })
  expect({ status, ...(JSON.parse(body) as object) }).toEqual({ status: 202, id: expect.stringContaining('~client/') })
  let view = ''
  while (view !== '{"pence":5}') view = (await ask('/view')).body
  expect((await ask('/total')).body).toBe('{"pence":5}')
})

test('each request is told as an event', async () => {
  await ask('/some/page?x=1')
  expect(served()).toEqual([
    { kind: 'served', process: 'web', method: 'GET', path: '/some/page?x=1', status: 200, ms: expect.any(Number) },
  ])
})

test('HEAD has the headers of a response and no body', async () => {
  const { status, headers, body } = await ask('/page', { method: 'HEAD' })
  expect({ status, body }).toEqual({ status: 200, body: '' })
  expect(Number(headers.get('content-length'))).toBeGreaterThan(100)
})

test('requests that wait for others get environments of their own', async () => {
  const threads = new Set<string>()
  while (threads.size < 2) {
    for (const { body } of await Promise.all(Array.from({ length: 4 }, () => ask('/slow')))) threads.add(body)
  }
  expect(served().every(({ status }) => status === 200)).toBe(true)
})

describe('what fails is a 502 that gives nothing away, and an event that says why', () => {
  const failed = { status: 502, body: '{"Message":"Internal Server Error"}' }

  test.each([
    ['/throw', 'Error: a secret of the server'],
    ['/exit', 'it ended itself with exit code 3'],
    ['/hang', 'timed out after 3 s'],
    ['/malformed', 'malformed response: statusCode is 99: return a whole number from 200 to 599'],
    ['/huge', 'the response is longer than 6 MB'],
  ])('%s', async (path, reason) => {
    const { status, body } = await ask(path)
    expect({ status, body }).toEqual(failed)
    expect(served()).toMatchObject([{ status: 502, reason }])
    expect((await ask('/page')).status).toBe(200)
  })
})

describe('a request', () => {
  test('of more than 6 MB is refused, and one that grows over it as an event too', async () => {
    for (const body of [Buffer.alloc(7_000_000), Buffer.alloc(5_000_000)]) {
      const refused = await ask('/page', { method: 'POST', body })
      expect({ status: refused.status, body: refused.body }).toEqual({ status: 413, body: '{"Message":"Request Too Long"}' })
    }
    const text = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(5_000_000) }
    expect((await ask('/length', text)).body).toBe('5000000')
  })

  test('whose client goes away before it is whole leaves the server as it was', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const asking = request(`${url}/page`, { method: 'POST', headers: { 'content-length': '100' } })
    asking.on('error', () => resolve())
    asking.write('half')
    setTimeout(() => asking.destroy(), 20)
    await promise
    expect((await ask('/page')).status).toBe(200)
    expect(served()).toMatchObject([{ status: 400, reason: 'the client went away' }, { status: 200 }])
  })

  test('may come by the Invoke API as well', async () => {
    const client = new LambdaClient({
      endpoint: cloud.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    })
    const event = { requestContext: { http: { method: 'GET' } }, rawPath: '/total' }
    const { Payload = [] } = await client.send(new InvokeCommand({ FunctionName: 'shop-web', Payload: JSON.stringify(event) }))
    client.destroy()
    expect(JSON.parse(Buffer.from(Payload).toString())).toMatchObject({ statusCode: 200 })
  })
})

test('a port that is taken is told with the option that chooses another', async () => {
  const taken = createServer()
  const { promise, resolve } = Promise.withResolvers<void>()
  taken.listen(0, '127.0.0.1', resolve)
  await promise
  const { port } = taken.address() as { port: number }
  await expect(startLocalCloud({ app, port: 0, webPort: port, data: join(folder, 'other') })).rejects.toThrow(
    `port-taken: port ${port} on 127.0.0.1 is taken: choose another with --web-port`,
  )
  taken.close()
})

test('closing lets requests under way finish', async () => {
  const other = await startLocalCloud({ app, port: 0, data: join(folder, 'closing') })
  const asked = fetch(`${other.web.web}/slow`)
  await new Promise((resolve) => setTimeout(resolve, 100))
  const closed = other.close()
  expect((await asked).status).toBe(200)
  await closed
})
