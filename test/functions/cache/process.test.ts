// An instance of the cache on the runtime: what its calls and messages cost, and what many environments at once make of it.
import { expect, test } from '@jest/globals'
import { type CacheDoor, createCache } from '../../../functions/cache/client.ts'
import { cacheOf } from '../../../functions/cache/process.ts'
import { encodeEnvelope } from '../../../lib/core/envelope.ts'
import { CallFailed } from '../../../lib/index.ts'
import { createRuntime } from '../../../lib/runtime/runtime.ts'
import { deliver, delivery, envelope, type MemoryHost, memoryHost } from '../../runtime/memory-host.ts'

const minute = 60_000
const cache = cacheOf({ bytesMax: 100_000 })

/** The cache in an environment of its own for each call, so that all of them meet in the table only. */
const doorOf = (host: MemoryHost): CacheDoor => ({
  call: (_, id) => ({ Get: (request) => asked(host, id, 'Get', request), Stats: () => asked(host, id, 'Stats', {}) }),
  send: (_, id) => ({
    Fill: (body) => told(host, id, 'Fill', body),
    Release: (body) => told(host, id, 'Release', body),
    Invalidate: (body) => told(host, id, 'Invalidate', body),
    Clear: () => told(host, id, 'Clear', {}),
  }),
})
const asked = async <T>(host: MemoryHost, to: string, type: string, body: object): Promise<T> => {
  const text = encodeEnvelope(envelope({ to, type, body, from: '~client/test', at: host.clock.now() }))
  const answer = await createRuntime(cache, host).call({ envelope: text, deadline: host.clock.now() + 30_000 })
  if (!answer.ok) throw new CallFailed(answer.code, answer.message)
  return answer.reply as T
}
const told = async (host: MemoryHost, to: string, type: string, body: object): Promise<void> => {
  const returned = await deliver(createRuntime(cache, host), host, [delivery(envelope({ to, type, body, at: host.clock.now() }))])
  expect(returned).toEqual([])
}
/** What `act` costs at the table and the queues. */
const costOf = async (host: MemoryHost, act: () => Promise<unknown>) => {
  const before = { ...host.calls }
  await act()
  const { reads, ranges, writes, removes, sends } = host.calls
  return {
    reads: reads - before.reads + ranges - before.ranges,
    writes: writes - before.writes + removes - before.removes,
    sends: sends - before.sends,
  }
}
const created = () => {
  const host = memoryHost()
  const door = doorOf(host)
  const environment = () =>
    createCache({
      client: door,
      instances: 1,
      copyMs: 0,
      now: () => host.clock.now(),
      sleep: () => new Promise((resolve) => setImmediate(resolve)),
    })
  return { host, environment }
}

test('a thousand environments that want a key which is not there load it once', async () => {
  const { environment } = created()
  let loads = 0
  const load = async (): Promise<string> => {
    loads += 1
    await new Promise((resolve) => setImmediate(resolve))
    return 'loaded'
  }
  const caches = Array.from({ length: 1000 }, environment)
  const all = await Promise.all(caches.map((one) => one.through('a', { ttlMs: minute }, load)))
  expect(new Set(all)).toEqual(new Set(['loaded']))
  expect(loads).toBe(1)
  expect((await environment().stats()).get('0')).toMatchObject({ misses: 1, fills: 1, refused: 0, entries: 1 })
}, 60_000)

test('a hit, and waiting, are two reads and no write; a lease is a write; a fill writes the record and a row', async () => {
  const { host, environment } = created()
  const get = () => asked(host, '0', 'Get', { key: 'a', leaseMs: 5000 })
  const cold = await costOf(host, () => environment().through('first', { ttlMs: minute }, async () => 1))
  const lease = await costOf(host, get)
  const waiting = await costOf(host, get)
  const fill = await costOf(host, () => told(host, '0', 'Fill', { key: 'a', lease: 2, value: 'x', ttlMs: minute, tags: ['t'] }))
  const hit = await costOf(host, get)
  const invalidation = await costOf(host, () => told(host, '0', 'Changed', { collection: 'b', key: 'c', version: 1 }))
  expect({ lease, waiting, fill, hit, invalidation, coldSends: cold.sends }).toEqual({
    lease: { reads: 2, writes: 1, sends: 0 },
    waiting: { reads: 2, writes: 0, sends: 0 },
    // A second write of the record says that the row is written: no environment here goes on with another message.
    fill: { reads: 2, writes: 3, sends: 0 },
    hit: { reads: 2, writes: 0, sends: 0 },
    invalidation: { reads: 2, writes: 1, sends: 0 },
    coldSends: 0,
  })
})

test('the change of a document takes its entry and what is tagged with its collection', async () => {
  const { host, environment } = created()
  const one = environment()
  const through = (key: string, tags?: readonly string[]) =>
    one.through(key, { ttlMs: minute, ...(tags && { tags }) }, async () => `${key} at ${host.clock.now()}`)
  const all = () => Promise.all([through('products/1'), through('products/2'), through('page of mugs', ['products'])])
  const before = await all()
  host.advance(1000)
  expect(await all()).toEqual(before)
  await told(host, '0', 'Changed', { collection: 'products', key: '1', version: 7 })
  const after = await all()
  expect(after.map((text, n) => text === before[n])).toEqual([false, true, false])
})

test('what does not fit is not kept, and no message of it is kept as failed', async () => {
  const { host, environment } = created()
  await environment().through('a', { ttlMs: minute }, async () => 'x'.repeat(150_000))
  expect((await environment().stats()).get('0')).toMatchObject({ refused: 1, entries: 0, bytes: 0 })
  expect([...host.items.values()].filter(({ sk }) => sk.startsWith('failed/'))).toEqual([])
})
