// What one instance of the cache decides: who may load, what is still good, what is taken in.
//
// C1: it never keeps more bytes than its bound. C2: what was read before an invalidation is never had after it. C3: of a key at most one
// lease counts at a time. Source of leases: Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013.
import type { Got } from './contract.ts'
import { type Bounds, makeRoom } from './eviction.ts'
import { isGood, type Lease, type Rows, remove, type Shelf } from './shelf.ts'
import { isValid, nextEvent, stamp } from './tags.ts'
import { rowOf, Visited } from './visited.ts'

/** Leases that count at once; who would need one more waits. */
export const leasesMax = 200
/** How soon to ask again: half as long as the loading has taken so far, within these bounds. */
const [retryMsMin, retryMsMax] = [20, 500]
/** What an entry takes besides its value, its key and its tags. */
const overheadBytes = 120

/** Answers who asks for a key. Writes only where it gives a lease. */
export const get = async (
  shelf: Shelf,
  rows: Rows,
  { key, leaseMs, now }: { readonly key: string; readonly leaseMs: number; readonly now: number },
): Promise<Got> => {
  const entry = await rows.get(rowOf(key))
  const valid = entry !== undefined && isValid(shelf.stamps, entry.since, entry.tags) ? entry : undefined
  if (valid !== undefined && now < valid.until) {
    const freshMs = valid.until - now
    return valid.value === undefined ? { kind: 'negative', freshMs } : { kind: 'hit', value: valid.value, freshMs }
  }
  const counting = shelf.leases.filter(({ until }) => now < until)
  const loading = counting.find((one) => one.key === key)
  if (loading !== undefined || counting.length >= leasesMax) {
    const took = loading === undefined ? retryMsMax * 2 : now - loading.at
    const retryMs = Math.min(retryMsMax, Math.max(retryMsMin, Math.round(took / 2)))
    const isStale = valid !== undefined && isGood(shelf, valid, now)
    return { kind: 'wait', retryMs, ...(isStale && { stale: valid.value === undefined ? {} : { value: valid.value } }) }
  }
  const id = nextEvent(shelf.stamps)
  shelf.leases = [...counting, { key, id, at: now, until: now + leaseMs }]
  shelf.counts.misses += 1
  return { kind: 'miss', lease: id }
}

interface Loaded {
  readonly key: string
  readonly lease: number
  readonly value?: unknown
  readonly ttlMs: number
  readonly staleMs?: number | undefined
  readonly tags?: readonly string[] | undefined
}

/** Keeps what was loaded, if its lease counts still, and makes room for it. */
export const fill = async (shelf: Shelf, rows: Rows, loaded: Loaded, bounds: Bounds): Promise<void> => {
  const { key, ttlMs, staleMs = 0, tags = [] } = loaded
  const bytes = bytesOf(loaded)
  const taken = take(shelf, loaded)
  if (taken === undefined || !isValid(shelf.stamps, taken.id, tags) || bytes > bounds.entryBytesMax) {
    shelf.counts.refused += 1
    return
  }
  const row = rowOf(key)
  await drop(shelf, rows, key)
  const entry = { tags: [...tags], since: taken.id, until: taken.at + ttlMs, staleMs, bytes }
  rows.put(row, { ...entry, ...(loaded.value !== undefined && { value: loaded.value }) })
  shelf.entries += 1
  shelf.bytes += bytes
  shelf.counts.fills += 1
  await makeRoom(shelf, rows, row, bounds)
}

/** The lease is given back. */
export const release = (shelf: Shelf, named: { readonly key: string; readonly lease: number }): void => {
  take(shelf, named)
}

/** Notes what a client had from here. */
export const noteHits = (shelf: Shelf, { keys, count }: { readonly keys: readonly string[]; readonly count: number }): void => {
  const visited = new Visited(shelf.visited)
  for (const key of keys) visited.set(key, true)
  shelf.visited = visited.toString()
  shelf.counts.hits += count
}

/** What was read of these before now is not had any more, nor is what is being loaded. */
export const invalidate = async (
  shelf: Shelf,
  rows: Rows,
  { keys = [], tags = [] }: { readonly keys?: readonly string[] | undefined; readonly tags?: readonly string[] | undefined },
): Promise<void> => {
  for (const key of keys) await drop(shelf, rows, key)
  shelf.leases = shelf.leases.filter(({ key }) => !keys.includes(key))
  if (tags.length > 0) stamp(shelf.stamps, tags)
  shelf.counts.invalidations += 1
}

/** All that was read before now is not had any more. Its room is taken by what comes. */
export const clear = (shelf: Shelf): void => {
  shelf.stamps.cleared = nextEvent(shelf.stamps)
  shelf.counts.invalidations += 1
}

// One that is over still counts here while nobody has another: what was read under it is no older for that.
const take = (shelf: Shelf, named: { readonly key: string; readonly lease: number }): Lease | undefined => {
  const found = shelf.leases.find(({ key, id }) => key === named.key && id === named.lease)
  shelf.leases = shelf.leases.filter((one) => one !== found)
  return found
}

const drop = async (shelf: Shelf, rows: Rows, key: string): Promise<void> => {
  const row = rowOf(key)
  const entry = await rows.get(row)
  if (entry !== undefined) remove(shelf, rows, row, entry)
}

const bytesOf = ({ key, value, tags = [] }: Loaded): number =>
  Buffer.byteLength(key) + Buffer.byteLength(JSON.stringify([value, tags])) + overheadBytes
