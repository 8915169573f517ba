// Everything that can happen to an instance, in any order, against what was true when each value was read.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type SortedRows, sortedRows } from '../../../bench/cache/sorted-rows.ts'
import { clear, fill, get, invalidate, release } from '../../../functions/cache/look-aside.ts'
import { emptyShelf } from '../../../functions/cache/shelf.ts'

const keys = ['a', 'b', 'c', 'd', 'e', 'f']
const tags = ['t', 'u']
const tagsOf = (key: string): string[] => tags.filter((_, n) => (key.charCodeAt(0) >> n) % 2 === 0)
const bytesMax = 4000

interface Given {
  readonly key: string
  readonly lease: number
  /** What was true of the key when the lease was given. */
  readonly read: number
  /** When it ends: by itself, or used, given back or invalidated. */
  until: number
}

const model = () => {
  const shelf = emptyShelf()
  const rows = sortedRows()
  let now = 1_000_000
  const truth = new Map(keys.map((key) => [key, 0]))
  const given: Given[] = []
  const change = (changed: readonly string[]): void => {
    for (const key of changed) truth.set(key, (truth.get(key) ?? 0) + 1)
  }
  const end = (ends: (one: Given) => boolean): void => {
    for (const one of given) if (ends(one)) one.until = Math.min(one.until, now)
  }
  const some = (which: number): Given | undefined => given[which % given.length]
  const expectTrue = (key: string, value: unknown): void => expect((value as Value).read).toBe(truth.get(key))
  return {
    shelf,
    rows,
    async ask(key: string): Promise<void> {
      const got = await get(shelf, rows, { key, leaseMs: 2000, now })
      if (got.kind === 'hit') expectTrue(key, got.value)
      if (got.kind === 'wait' && got.stale !== undefined) expectTrue(key, got.stale.value)
      if (got.kind !== 'miss') return
      expect(given.filter((one) => one.key === key && one.until > now)).toEqual([])
      given.push({ key, lease: got.lease, read: truth.get(key) ?? 0, until: now + 2000 })
    },
    async fill(which: number, bytes: number): Promise<void> {
      const one = some(which)
      if (one === undefined) return
      const value: Value = { read: one.read, text: 'x'.repeat(bytes) }
      const loaded = { key: one.key, lease: one.lease, value, ttlMs: 3000, staleMs: 1000, tags: tagsOf(one.key) }
      await fill(shelf, rows, loaded, { bytesMax, entryBytesMax: bytesMax, now })
      end((other) => other === one)
    },
    async release(which: number): Promise<void> {
      const one = some(which)
      if (one !== undefined) release(shelf, one)
      end((other) => other === one)
    },
    async invalidate(key: string): Promise<void> {
      change([key])
      end((one) => one.key === key)
      await invalidate(shelf, rows, { keys: [key] })
    },
    async invalidateTag(tag: string): Promise<void> {
      change(keys.filter((key) => tagsOf(key).includes(tag)))
      await invalidate(shelf, rows, { tags: [tag] })
    },
    async clear(): Promise<void> {
      change(keys)
      clear(shelf)
    },
    async pass(ms: number): Promise<void> {
      now += ms
    },
  }
}
type Model = ReturnType<typeof model>
interface Value {
  readonly read: number
  readonly text: string
}
type Act = (on: Model) => Promise<void>

const key = fc.constantFrom(...keys)
const act = fc.oneof(
  {
    weight: 4,
    arbitrary: key.map(
      (one): Act =>
        (on) =>
          on.ask(one),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(20), fc.nat(1500)).map(
      (given): Act =>
        (on) =>
          on.fill(...given),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(20).map(
      (which): Act =>
        (on) =>
          on.release(which),
    ),
  },
  {
    weight: 2,
    arbitrary: key.map(
      (one): Act =>
        (on) =>
          on.invalidate(one),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...tags).map(
      (tag): Act =>
        (on) =>
          on.invalidateTag(tag),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Act>((on) => on.clear()) },
  {
    weight: 2,
    arbitrary: fc.nat(4000).map(
      (ms): Act =>
        (on) =>
          on.pass(ms),
    ),
  },
)

const sumOf = ({ entries }: SortedRows) => ({
  entries: entries.size,
  bytes: [...entries.values()].reduce((sum, { bytes }) => sum + bytes, 0),
})

test('whatever happens, no value is had that was read before an invalidation of it, no bound is passed, and of a key one lease counts at a time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 120 }), async (acts) => {
      const on = model()
      for (const one of acts) {
        await one(on)
        expect(sumOf(on.rows)).toEqual({ entries: on.shelf.entries, bytes: on.shelf.bytes })
        expect(on.shelf.bytes).toBeLessThanOrEqual(bytesMax)
      }
    }),
    { numRuns: 400 },
  )
})
