import { describe, expect, test } from '@jest/globals'
import { type CacheOptions, createCache } from '../../../functions/cache/client.ts'
import { instanceOf } from '../../../functions/cache/rendezvous.ts'
import { memoryShelves } from './memory-shelves.ts'

const minute = 60_000

/** Environments that share a cache, and what is to be cached: `truth`, which a load takes 100 ms to read. */
const shop = (options: Partial<CacheOptions> = {}) => {
  const shelves = memoryShelves()
  const { door, now, sleep } = shelves
  const environment = (more: Partial<CacheOptions> = {}) =>
    createCache({ client: door, instances: 3, now, sleep, ...options, ...more })
  let truth: unknown = 'first'
  let loads = 0
  const load = async (): Promise<unknown> => {
    loads += 1
    const read = truth
    await sleep(100)
    return read
  }
  return {
    ...shelves,
    environment,
    load,
    loads: () => loads,
    set: (value: unknown) => {
      truth = value
    },
  }
}

describe('a thousand who want a key that is not there', () => {
  test('in one environment ask once and load once', async () => {
    const { environment, load, loads, calls } = shop()
    const cache = environment()
    const all = await Promise.all(Array.from({ length: 1000 }, () => cache.through('a', { ttlMs: minute }, load)))
    expect(new Set(all)).toEqual(new Set(['first']))
    expect(loads()).toBe(1)
    expect(calls).toEqual({ Get: 1, Fill: 1 })
  })

  test('in a thousand environments load once', async () => {
    const { environment, load, loads, calls } = shop()
    const caches = Array.from({ length: 1000 }, () => environment())
    const all = await Promise.all(caches.map((cache) => cache.through('a', { ttlMs: minute }, load)))
    expect(new Set(all)).toEqual(new Set(['first']))
    expect(loads()).toBe(1)
    expect(calls.Fill).toBe(1)
    // Who waits asks the less often the longer it takes.
    expect(calls.Get).toBeLessThan(6000)
  })

  test('in ten environments load once more for each who loads and fails, and the failure is told to those who asked with it', async () => {
    const { environment, load, loads } = shop()
    let failures = 2
    const failing = async (): Promise<unknown> => {
      const loaded = await load()
      if (failures-- > 0) throw new Error('the database is away')
      return loaded
    }
    const all = await Promise.allSettled(
      Array.from({ length: 10 }, () => environment()).map((cache) => cache.through('a', { ttlMs: minute }, failing)),
    )
    expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(2)
    expect(loads()).toBe(3)
  })

  test('load once more when whoever loads is gone, as soon as the lease is over', async () => {
    const { environment, load, loads, now } = shop()
    void environment().through('a', { ttlMs: minute, leaseMs: 2000 }, () => new Promise(() => {}))
    const began = now()
    const all = await Promise.all(Array.from({ length: 5 }, () => environment().through('a', { ttlMs: minute }, load)))
    expect(new Set(all)).toEqual(new Set(['first']))
    expect(loads()).toBe(1)
    expect(now() - began).toBeLessThan(2000 + 1000)
  })
})

describe('how old a value is', () => {
  test('a copy is served without asking for the time that is said, and not a moment longer', async () => {
    const { environment, load, set, advance, calls } = shop({ copyMs: 1000 })
    const [one, other] = [environment(), environment()]
    await one.through('a', { ttlMs: minute }, load)
    await other.through('a', { ttlMs: minute }, load)
    set('second')
    await one.invalidate({ keys: ['a'] })
    expect(await other.through('a', { ttlMs: minute }, load)).toBe('first')
    advance(999)
    const asked = calls.Get
    expect(await other.through('a', { ttlMs: minute }, load)).toBe('first')
    expect(calls.Get).toBe(asked)
    advance(1)
    expect(await other.through('a', { ttlMs: minute }, load)).toBe('second')
  })

  test("a copy's time begins before the asking, and ends with the value's own", async () => {
    const { environment, load, advance, hooks, calls } = shop({ copyMs: 1000 })
    const cache = environment()
    await cache.through('a', { ttlMs: 1500 }, load)
    advance(900)
    hooks.before = () => advance(300)
    expect(await cache.through('a', { ttlMs: 1500 }, load)).toBe('first')
    delete hooks.before
    const asked = calls.Get ?? 0
    advance(199)
    await cache.through('a', { ttlMs: 1500 }, load)
    expect(calls.Get).toBe(asked)
    advance(1)
    await cache.through('a', { ttlMs: 1500 }, load)
    expect(calls.Get).toBe(asked + 1)
  })

  test('without copies whatever was invalidated is loaded anew at once, by key and by tag', async () => {
    const { environment, load, set } = shop({ copyMs: 0 })
    const [one, other] = [environment(), environment()]
    await other.through('a', { ttlMs: minute, tags: ['t'] }, load)
    set('second')
    await one.invalidate({ keys: ['a'] })
    expect(await other.through('a', { ttlMs: minute, tags: ['t'] }, load)).toBe('second')
    set('third')
    await one.invalidate({ tags: ['t'] })
    expect(await other.through('a', { ttlMs: minute, tags: ['t'] }, load)).toBe('third')
    set('fourth')
    await one.clear()
    expect(await other.through('a', { ttlMs: minute, tags: ['t'] }, load)).toBe('fourth')
  })

  test('what is over its time is had by those who would else wait, where it may be stale', async () => {
    const { environment, load, set, advance, sleep } = shop({ copyMs: 0 })
    const options = { ttlMs: minute, staleMs: minute }
    await environment().through('a', options, load)
    set('second')
    advance(minute)
    const first = environment().through('a', options, load)
    await sleep(10)
    const cache = environment()
    expect(await cache.through('a', options, load)).toBe('first')
    expect(cache.counts()).toMatchObject({ stale: 1 })
    expect(await first).toBe('second')
    expect(await cache.through('a', options, load)).toBe('second')
  })

  test('what does not exist is known not to for a while of its own', async () => {
    const { environment, load, loads, set, advance } = shop({ copyMs: 0 })
    const cache = environment()
    set(undefined)
    expect(await cache.through('a', { ttlMs: 10 * minute }, load)).toBeUndefined()
    advance(29_000)
    expect(await cache.through('a', { ttlMs: 10 * minute }, load)).toBeUndefined()
    expect(loads()).toBe(1)
    advance(1000)
    set('there')
    expect(await cache.through('a', { ttlMs: 10 * minute }, load)).toBe('there')
  })
})

describe('nobody who wants a value fails of the cache', () => {
  test('where it does not answer, values are loaded without it', async () => {
    const { environment, load, loads, hooks } = shop()
    hooks.before = () => {
      throw new Error('away')
    }
    const cache = environment()
    expect(await cache.through('a', { ttlMs: minute }, load)).toBe('first')
    expect(await cache.through('a', { ttlMs: minute }, load)).toBe('first')
    expect([loads(), cache.counts().bypassed]).toEqual([2, 2])
  })

  test('where what was loaded is not taken, it is good all the same, and the lease is given back', async () => {
    const { environment, load, hooks, calls } = shop()
    hooks.before = (type) => {
      if (type === 'Fill') throw new Error('away')
    }
    expect(await environment().through('a', { ttlMs: minute }, load)).toBe('first')
    expect(calls).toEqual({ Get: 1, Fill: 1, Release: 1 })
  })

  test('who has waited long enough loads, and keeps it to itself', async () => {
    const { environment, load, now, calls } = shop({ patienceMs: 3000 })
    void environment().through('a', { ttlMs: minute, leaseMs: 60_000 }, () => new Promise(() => {}))
    const cache = environment()
    const began = now()
    expect(await cache.through('a', { ttlMs: minute }, load)).toBe('first')
    expect(now() - began).toBeLessThan(4000)
    expect(cache.counts()).toMatchObject({ bypassed: 1 })
    expect(calls).not.toHaveProperty('Fill')
  })

  test('what is too large is loaded each time, and others need not wait for the lease', async () => {
    const { environment, set, load, calls, now } = shop()
    set('x'.repeat(300_000))
    const began = now()
    for (const cache of [environment(), environment()])
      expect(await cache.through('a', { ttlMs: minute }, load)).toHaveLength(300_000)
    expect(calls).toEqual({ Get: 2, Release: 2 })
    expect(now() - began).toBe(200)
  })

  test('a key that is too long for a row, and a tag, are known by their hash', async () => {
    const { environment, set, load, loads } = shop({ copyMs: 0 })
    const [key, tag] = ['é'.repeat(300), 'tag'.repeat(300)]
    const through = () => environment().through(key, { ttlMs: minute, tags: [tag] }, load)
    expect([await through(), await through()]).toEqual(['first', 'first'])
    expect(loads()).toBe(1)
    set('second')
    await environment().invalidate({ tags: [tag] })
    expect(await through()).toBe('second')
    set('third')
    await environment().invalidate({ keys: [key] })
    expect(await through()).toBe('third')
  })
})

test('an environment keeps copies within its bound, those that it used last', async () => {
  const { environment, calls } = shop({ copyBytesMax: 10_000 })
  const cache = environment()
  const through = (key: string) => cache.through(key, { ttlMs: minute }, async () => 'x'.repeat(400))
  for (let n = 0; n < 20; n += 1) await Promise.all([through('0'), through(`${n}`)])
  const asked = calls.Get
  for (const key of ['0', '19', '18']) await through(key)
  expect(calls.Get).toBe(asked)
  await through('1')
  expect(calls.Get).toBe((asked ?? 0) + 1)
})

test('an instance hears of its hits with the next value that it is given, and spares what was used', async () => {
  const { environment, instances } = shop({ copyMs: 0 })
  const cache = environment()
  const keys = Array.from({ length: 12 }, (_, n) => `${n}`).filter((key) => instanceOf(key, 3) === '0')
  const [one = '', other = ''] = keys
  const through = (key: string) => cache.through(key, { ttlMs: minute }, async () => key)
  for (const key of [one, one, one, one]) await through(key)
  expect(instances.get('0')?.shelf.counts.hits).toBe(0)
  await through(other)
  expect(instances.get('0')?.shelf.counts.hits).toBe(3)
  expect([...(await cache.stats()).keys()]).toEqual(['0', '1', '2'])
  expect((await cache.stats()).get('0')).toMatchObject({ hits: 3, misses: 2, fills: 2, entries: 2 })
})

test('one instance more takes its share of the keys, which are loaded anew; the others are where they were, and an invalidation reaches all', async () => {
  const { environment } = shop({ copyMs: 0 })
  const keys = Array.from({ length: 200 }, (_, n) => `${n}`)
  let loads = 0
  const readAll = async (count: number): Promise<number> => {
    const [cache, before] = [environment({ instances: count }), loads]
    for (const key of keys)
      await cache.through(key, { ttlMs: minute, tags: ['all'] }, async () => {
        loads += 1
        return key
      })
    return loads - before
  }
  expect(await readAll(3)).toBe(200)
  const moved = keys.filter((key) => instanceOf(key, 4) === '3').length
  expect(await readAll(4)).toBe(moved)
  expect(await readAll(4)).toBe(0)
  await environment({ instances: 4 }).invalidate({ tags: ['all'] })
  expect(await readAll(3)).toBe(200)
})
