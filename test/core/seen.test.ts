// What a record remembers: the window, the floor, keys, segments, and what may leave.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Item } from '../../lib/core/item.ts'
import { seenEvicted, seenWindowMax } from '../../lib/core/limits.ts'
import {
  evict,
  judgeSeen,
  nothingSeen,
  packSeen,
  type Seen,
  type SeenId,
  segmentRange,
  segmentSays,
  singleSk,
  unpackSeen,
} from '../../lib/core/seen.ts'
import { seenIds } from './arbitraries.ts'

const id = (n: number, given: Partial<SeenId> = {}): SeenId => ({
  digest: n.toString(16).padStart(16, '0'),
  at: 1000 + n,
  keyed: false,
  ...given,
})
const ids = (from: number, to: number, given: Partial<SeenId> = {}) =>
  Array.from({ length: to - from }, (_, n) => id(from + n, given))
const seen = (window: readonly SeenId[], given: Partial<Seen> = {}): Seen => ({ ...nothingSeen, window, ...given })
const full = seen(ids(0, seenWindowMax))

/** Walks the segments as the runtime does: in order, until one says. */
const inSegments = (table: ReadonlyMap<string, Item>, one: SeenId) => {
  const { from, to } = segmentRange(one.at)
  const keys = [...table.keys()].filter((sk) => sk >= from && sk <= to).toSorted()
  return keys.map((sk) => segmentSays(table.get(sk) as Item, one)).find((says) => says !== 'absent') ?? 'absent'
}

describe('a message', () => {
  test('in the window is seen, whatever time it claims', () => {
    expect(judgeSeen(seen([id(1)], { floor: 9999 }), id(1, { at: 5 }))).toBe('seen')
    expect(judgeSeen(seen([id(1)]), id(1, { at: 5000, keyed: true }))).toBe('seen')
  })

  test('sent after the floor is judged by the window alone; at the floor or before it, by the segments', () => {
    const floored = seen([id(1)], { floor: 2000 })
    expect([2001, 2000, 1999].map((at) => judgeSeen(floored, id(7, { at })))).toEqual(['new', 'segments', 'segments'])
  })

  test('under a client’s key is looked up by id once keys were evicted, whatever its time', () => {
    const key = id(7, { at: 5000, keyed: true })
    expect(judgeSeen(seen([], { floor: 9999 }), key)).toBe('new')
    expect(judgeSeen(seen([], { keysEvicted: true }), key)).toBe('key')
    expect(judgeSeen(seen([], { keysEvicted: true }), { ...key, keyed: false })).toBe('new')
  })
})

describe('eviction', () => {
  const grown = (more: readonly SeenId[], loaded = full) => seen([...loaded.window, ...more])

  test('waits until the window is over its bound', () => {
    expect(evict('1', full, full, 5)).toEqual({ seen: full, items: [] })
  })

  test('takes the smallest send times, moves the floor to the latest of them, and keeps them in one segment', () => {
    const shuffled = seen(full.window.toReversed())
    const { seen: left, items } = evict('1', shuffled, grown([id(90)], shuffled), 5)
    expect(left.window).toHaveLength(seenWindowMax - seenEvicted)
    expect(left.window.at(-1)).toEqual(id(90))
    expect(items).toHaveLength(1)
    const gone = unpackSeen(items[0]?.attributes.ids as Uint8Array)
    expect(gone.map(({ at }) => at)).toEqual(Array.from({ length: seenEvicted + 1 }, (_, n) => 1000 + n))
    expect(left.floor).toBe(1000 + seenEvicted)
  })

  test('takes only what the loaded record held: a failed commit must not leave a claim', () => {
    const early = ids(500, 560, { at: 1 })
    const { seen: left, items } = evict('1', full, grown(early), 5)
    const gone = items.flatMap((item) => unpackSeen(item.attributes.ids as Uint8Array))
    expect(gone.every(({ digest }) => full.window.some((one) => one.digest === digest))).toBe(true)
    for (const one of early) expect(left.window).toContainEqual(one)
    expect(evict('1', nothingSeen, seen(early), 5)).toEqual({ seen: seen(early), items: [] })
  })

  test('keeps an id that was late already in an item of its own, so that segments do not overlap', () => {
    const loaded = seen(ids(0, seenWindowMax), { floor: 1004 })
    const { seen: left, items } = evict('1', loaded, { ...loaded, window: [...loaded.window, id(90)] }, 5)
    expect(items.map(({ sk }) => sk)).toEqual([...ids(0, 5).map(singleSk), expect.stringMatching(/^seen\//)])
    expect(items.at(-1)?.attributes.after).toBe(1004)
    expect(left.floor).toBe(1000 + seenEvicted)
  })

  test('keeps a client’s key in an item of its own, found by id, and moves no floor for it', () => {
    const keys = seen(ids(0, seenWindowMax, { keyed: true }))
    const { seen: left, items } = evict('1', keys, seen([...keys.window, id(90)]), 5)
    expect(items.map(({ sk }) => sk)).toEqual(ids(0, seenEvicted + 1).map(singleSk))
    expect(left).toMatchObject({ floor: -1, keysEvicted: true })
  })

  test('never loses an id: each is in the window, or found where the verdict says to look', () => {
    const batches = fc.array(
      fc.array(fc.record({ n: fc.nat(1e6), at: fc.integer({ min: 1, max: 60 }), keyed: fc.boolean() }), { maxLength: 20 }),
      { maxLength: 25 },
    )
    fc.assert(
      fc.property(batches, (all) => {
        let current: Seen = nothingSeen
        const table = new Map<string, Item>()
        const handled = new Map<number, SeenId>()
        all.forEach((batch, version) => {
          const fresh = batch
            .map(({ n, at, keyed }) => id(n, { at, keyed }))
            .filter((one) => !handled.has(Number.parseInt(one.digest, 16)))
          const distinct = [...new Map(fresh.map((one) => [one.digest, one])).values()]
          for (const one of distinct) handled.set(Number.parseInt(one.digest, 16), one)
          const evicted = evict('1', current, { ...current, window: [...current.window, ...distinct] }, version)
          for (const item of evicted.items) table.set(item.sk, item)
          current = evicted.seen
        })
        for (const one of handled.values()) {
          const verdict = judgeSeen(current, one)
          const found =
            verdict === 'seen' || table.has(singleSk(one)) || (verdict === 'segments' && inSegments(table, one) === 'found')
          expect([one, verdict, found]).toEqual([one, verdict, true])
        }
      }),
    )
  })

  test('by two that race for a version does not overwrite the other’s segment', () => {
    const sameTime = seen(ids(0, seenWindowMax, { at: 1000 }))
    const [small, large] = [1, 10].map((count) => evict('1', sameTime, grown(ids(100, 100 + count), sameTime), 5).items)
    const table = new Map([...(large ?? []), ...(small ?? [])].map((item) => [item.sk, item]))
    const held = new Set(
      [...table.values()].flatMap((item) => unpackSeen(item.attributes.ids as Uint8Array)).map(({ digest }) => digest),
    )
    for (const item of large ?? [])
      for (const one of unpackSeen(item.attributes.ids as Uint8Array)) expect(held).toContain(one.digest)
  })

  test('expires long after the horizon', () => {
    const now = Date.UTC(2026, 0, 1)
    const { items } = evict('1', full, grown([id(90)]), 5)
    const { items: later } = evict('1', seen(ids(0, 41, { at: now })), seen(ids(0, 42, { at: now })), 5)
    expect(items[0]?.attributes.expires).toBeGreaterThan(0)
    expect(Number(later[0]?.attributes.expires) * 1000 - now).toBeGreaterThan(90 * 86_400_000)
  })
})

test('ids come back from their bytes, 14 each', () => {
  fc.assert(
    fc.property(seenIds, (all) => {
      const packed = packSeen(all)
      expect(packed.byteLength).toBe(14 * all.length)
      expect(unpackSeen(packed)).toEqual(all)
      // A view into a longer buffer, as an SDK may hand it out.
      expect(unpackSeen(new Uint8Array([1, ...packed, 2]).subarray(1, 1 + packed.length))).toEqual(all)
    }),
  )
})
