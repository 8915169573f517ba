import { describe, expect, test } from '@jest/globals'
import { sortedRows } from '../../../bench/cache/sorted-rows.ts'
import { clear, fill, get, invalidate, leasesMax, noteHits, release } from '../../../functions/cache/look-aside.ts'
import { emptyShelf } from '../../../functions/cache/shelf.ts'

const start = 1_000_000
const minute = 60_000

const created = (bytesMax = 1_000_000) => {
  const shelf = emptyShelf()
  const rows = sortedRows()
  let now = start
  const ask = (key: string, leaseMs = 5000) => get(shelf, rows, { key, leaseMs, now })
  const leaseOf = async (key: string): Promise<number> => {
    const got = await ask(key)
    if (got.kind !== 'miss') throw new Error(`${key} is a ${got.kind}`)
    return got.lease
  }
  const put = (loaded: Parameters<typeof fill>[2]) => fill(shelf, rows, loaded, { bytesMax, entryBytesMax: bytesMax, now })
  const keep = async (key: string, value: unknown, more: { tags?: string[]; staleMs?: number; ttlMs?: number } = {}) =>
    put({ key, value, ttlMs: minute, ...more, lease: await leaseOf(key) })
  const pass = (ms: number): void => {
    now += ms
  }
  return { shelf, rows, ask, leaseOf, put, keep, pass, now: () => now }
}

describe('whoever asks', () => {
  test('first gets a lease, the others are told when to ask again, and all get what was filled', async () => {
    const { ask, put, leaseOf, pass } = created()
    const lease = await leaseOf('a')
    expect(await ask('a')).toEqual({ kind: 'wait', retryMs: 20 })
    pass(200)
    expect(await ask('a')).toEqual({ kind: 'wait', retryMs: 100 })
    await put({ key: 'a', lease, value: { price: 5 }, ttlMs: minute })
    expect(await ask('a')).toEqual({ kind: 'hit', value: { price: 5 }, freshMs: minute - 200 })
  })

  test('gets the lease when the one before is over or given back, and what then comes under that is refused', async () => {
    const { ask, put, leaseOf, pass, shelf } = created()
    const first = await leaseOf('a')
    pass(5000)
    const second = await leaseOf('a')
    expect(second).toBeGreaterThan(first)
    release(shelf, { key: 'a', lease: first })
    expect(await ask('a')).toMatchObject({ kind: 'wait' })
    release(shelf, { key: 'a', lease: second })
    const third = await leaseOf('a')
    await put({ key: 'a', lease: first, value: 'first', ttlMs: minute })
    await put({ key: 'a', lease: second, value: 'second', ttlMs: minute })
    expect(shelf).toMatchObject({ entries: 0, counts: { misses: 3, fills: 0, refused: 2 } })
    await put({ key: 'a', lease: third, value: 'third', ttlMs: minute })
    expect(await ask('a')).toMatchObject({ kind: 'hit', value: 'third' })
  })

  test('is told what does not exist, and what is null', async () => {
    const { ask, keep } = created()
    await keep('none', undefined)
    await keep('null', null)
    expect(await ask('none')).toEqual({ kind: 'negative', freshMs: minute })
    expect(await ask('null')).toEqual({ kind: 'hit', value: null, freshMs: minute })
  })

  test('of something stale gets the lease once, and the others what is stale, as long as that may be', async () => {
    const { ask, keep, leaseOf, pass } = created()
    await keep('a', 'old', { staleMs: 4000 })
    pass(minute)
    await leaseOf('a')
    expect(await ask('a')).toMatchObject({ kind: 'wait', stale: { value: 'old' } })
    pass(4000)
    expect(await ask('a')).not.toHaveProperty('stale')
  })

  test('waits while too many load, without a lease', async () => {
    const { ask, leaseOf, pass } = created()
    for (let n = 0; n < leasesMax; n += 1) await leaseOf(`${n}`)
    expect(await ask('one more')).toEqual({ kind: 'wait', retryMs: 500 })
    pass(5000)
    expect(await ask('one more')).toMatchObject({ kind: 'miss' })
  })

  test('changes nothing by a hit, nor by waiting', async () => {
    const { ask, keep, leaseOf, shelf } = created()
    await keep('a', 1)
    await leaseOf('b')
    const before = structuredClone(shelf)
    await ask('a')
    await ask('b')
    expect(shelf).toEqual(before)
  })
})

describe('an invalidation', () => {
  test('of a key takes it, and what is being loaded, and nothing else', async () => {
    const { ask, keep, leaseOf, put, rows, shelf } = created()
    await keep('a', 1)
    await keep('b', 2)
    const lease = await leaseOf('c')
    await invalidate(shelf, rows, { keys: ['a', 'c', 'never there'] })
    await put({ key: 'c', lease, value: 3, ttlMs: minute })
    expect([await ask('a'), await ask('b'), await ask('c')]).toMatchObject([{ kind: 'miss' }, { kind: 'hit' }, { kind: 'miss' }])
    expect(shelf).toMatchObject({ entries: 1, bytes: [...rows.entries.values()][0]?.bytes, counts: { refused: 1 } })
  })

  test('of a tag takes what bears it, and what was being loaded and turns out to bear it', async () => {
    const { ask, keep, leaseOf, put, rows, shelf } = created()
    await keep('list', [1], { tags: ['products', 'en'] })
    await keep('page', 'p', { tags: ['orders'] })
    const lease = await leaseOf('search')
    await invalidate(shelf, rows, { tags: ['products'] })
    await put({ key: 'search', lease, value: 3, ttlMs: minute, tags: ['products'] })
    expect([await ask('list'), await ask('page'), await ask('search')]).toMatchObject([
      { kind: 'miss' },
      { kind: 'hit' },
      { kind: 'miss' },
    ])
  })

  test('of all takes all', async () => {
    const { ask, keep, leaseOf, put, shelf } = created()
    await keep('a', 1)
    const lease = await leaseOf('b')
    clear(shelf)
    await put({ key: 'b', lease, value: 3, ttlMs: minute })
    expect([await ask('a'), await ask('b')]).toMatchObject([{ kind: 'miss' }, { kind: 'miss' }])
  })

  test('holds when more tags have been invalidated since than are remembered, at the price of others that bear tags', async () => {
    const { ask, keep, rows, shelf } = created()
    await keep('old', 1, { tags: ['first'] })
    await keep('other', 1, { tags: ['untouched'] })
    await keep('bare', 1)
    await invalidate(shelf, rows, { tags: ['first'] })
    for (let n = 0; n < 1000; n += 1) await invalidate(shelf, rows, { tags: [`tag ${n}`] })
    expect(shelf.stamps.tags.length).toBeLessThanOrEqual(200)
    await keep('new', 1, { tags: ['first'] })
    expect(await Promise.all(['old', 'other', 'bare', 'new'].map((key) => ask(key)))).toMatchObject([
      { kind: 'miss' },
      { kind: 'miss' },
      { kind: 'hit' },
      { kind: 'hit' },
    ])
  })
})

describe('where room is short', () => {
  const each = 'x'.repeat(800)

  test('what was used is spared for what was not', async () => {
    const { ask, keep, shelf } = created(10_000)
    for (let n = 0; n < 10; n += 1) await keep(`${n}`, each)
    noteHits(shelf, { keys: ['3', '7'], count: 9 })
    for (let n = 10; n < 17; n += 1) await keep(`${n}`, each)
    expect(shelf.bytes).toBeLessThanOrEqual(10_000)
    expect(await ask('3')).toMatchObject({ kind: 'hit' })
    expect(await ask('7')).toMatchObject({ kind: 'hit' })
    expect(shelf.counts).toMatchObject({ hits: 9, fills: 17, evictions: 7 })
  })

  test('what is over or invalid goes before what is good', async () => {
    const { ask, keep, pass, rows, shelf } = created(10_000)
    for (let n = 0; n < 5; n += 1) await keep(`short ${n}`, each, { ttlMs: 1000 })
    for (let n = 0; n < 5; n += 1) await keep(`tagged ${n}`, each, { tags: ['t'] })
    noteHits(shelf, { keys: Array.from({ length: 5 }, (_, n) => `short ${n}`), count: 5 })
    pass(1000)
    await invalidate(shelf, rows, { tags: ['t'] })
    const good = Array.from({ length: 10 }, (_, n) => `good ${n}`)
    for (const key of good) {
      await keep(key, each)
      noteHits(shelf, { keys: [key], count: 1 })
    }
    for (const key of good) expect([key, (await ask(key)).kind]).toEqual([key, 'hit'])
  })

  test('one value that would fill it all is refused, and its lease is free', async () => {
    const { ask, leaseOf, put, shelf } = created(10_000)
    await put({ key: 'a', lease: await leaseOf('a'), value: 'x'.repeat(10_000), ttlMs: minute })
    expect(shelf).toMatchObject({ entries: 0, bytes: 0, leases: [], counts: { refused: 1 } })
    expect(await ask('a')).toMatchObject({ kind: 'miss' })
  })
})
