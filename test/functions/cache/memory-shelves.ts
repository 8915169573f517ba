// Instances of the cache in memory, one operation after the other, with a clock moved by hand: no runtime, no queue.
import { type SortedRows, sortedRows } from '../../../bench/cache/sorted-rows.ts'
import type { CacheDoor } from '../../../functions/cache/client.ts'
import type { Cache, Got } from '../../../functions/cache/contract.ts'
import type { Bounds } from '../../../functions/cache/eviction.ts'
import { clear, fill, get, invalidate, noteHits, release } from '../../../functions/cache/look-aside.ts'
import { emptyShelf, type Shelf } from '../../../functions/cache/shelf.ts'

export interface Instance {
  readonly shelf: Shelf
  readonly rows: SortedRows
}

export interface MemoryShelves {
  readonly door: CacheDoor
  readonly instances: ReadonlyMap<string, Instance>
  readonly now: () => number
  readonly advance: (ms: number) => void
  /** Time goes on to the next who sleeps, as soon as nobody has anything else to do. */
  readonly sleep: (ms: number) => Promise<void>
  /** What was asked and sent, by type. */
  readonly calls: { readonly [type: string]: number }
  /** Called before each operation; one that throws stops it. */
  readonly hooks: { before?: (type: string) => void | Promise<void> }
}

/** @param bytesMax what one instance keeps at most */
export const memoryShelves = (bytesMax = 1_000_000): MemoryShelves => {
  const instances = new Map<string, Instance>()
  const calls: { [type: string]: number } = {}
  const hooks: MemoryShelves['hooks'] = {}
  let now = 1_000_000
  let last: Promise<unknown> = Promise.resolve()
  const on = <T>(id: string, type: string, act: (instance: Instance, bounds: Bounds) => Promise<T>): Promise<T> => {
    calls[type] = (calls[type] ?? 0) + 1
    const at = now
    const running = last.then(async () => {
      await hooks.before?.(type)
      const instance = instances.get(id) ?? { shelf: emptyShelf(), rows: sortedRows() }
      instances.set(id, instance)
      return act(instance, { bytesMax, entryBytesMax: bytesMax, now: at })
    })
    last = running.catch(() => {})
    return running
  }
  const door: CacheDoor = {
    call: (_: typeof Cache, id) => ({
      Get: (request): Promise<Got> => on(id, 'Get', ({ shelf, rows }, { now: at }) => get(shelf, rows, { ...request, now: at })),
      Stats: () =>
        on(id, 'Stats', async ({ shelf }) => ({ ...shelf.counts, entries: shelf.entries, bytes: shelf.bytes, bytesMax })),
    }),
    send: (_: typeof Cache, id) => ({
      Fill: ({ hits, ...loaded }) =>
        on(id, 'Fill', async ({ shelf, rows }, bounds) => {
          if (hits !== undefined) noteHits(shelf, hits)
          await fill(shelf, rows, loaded, bounds)
        }),
      Release: (named) => on(id, 'Release', async ({ shelf }) => release(shelf, named)),
      Invalidate: (what) => on(id, 'Invalidate', ({ shelf, rows }) => invalidate(shelf, rows, what)),
      Clear: () => on(id, 'Clear', async ({ shelf }) => clear(shelf)),
    }),
  }
  const advance = (ms: number): void => {
    now += ms
  }
  const sleepers: { readonly at: number; readonly wake: () => void }[] = []
  const wakeNext = (): void => {
    const next = sleepers.sort((a, b) => a.at - b.at).shift()
    if (next === undefined) return
    now = Math.max(now, next.at)
    next.wake()
    setImmediate(wakeNext)
  }
  const sleep = async (ms: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (sleepers.length === 0) setImmediate(wakeNext)
    sleepers.push({ at: now + ms, wake: resolve })
    return promise
  }
  return { door, instances, now: () => now, advance, sleep, calls, hooks }
}
