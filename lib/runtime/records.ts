// Records on the store: reading one with its pages, committing one with what must be written before it, looking up evicted ids.

import type { Conclusion } from '../core/conclude.ts'
import { Transient } from '../core/errors.ts'
import type { Item } from '../core/item.ts'
import { foundKeptMax } from '../core/limits.ts'
import { pageRange, pageSks } from '../core/page.ts'
import { blankRecord, decodeRecord, encodeRecord, type InstanceRecord, placesOf, recordSk } from '../core/record.ts'
import { type SeenId, segmentRange, segmentSays, singleSk } from '../core/seen.ts'
import type { Condition, Store } from '../ports/store.ts'

const readsMax = 5

/** Reads the newest record; blank if there is none. One strongly consistent read, and one more where parts are paged. */
export const readRecord = async (store: Store, instance: string): Promise<InstanceRecord> => {
  for (let read = 0; read < readsMax; read++) {
    const item = await store.get(instance, recordSk)
    if (item === undefined) return blankRecord(instance)
    const record = await withPages(store, item)
    if (record !== undefined) return record
  }
  throw new Transient('record-moving', `${instance}: its pages were replaced ${readsMax} times while they were read`)
}

// Pages that are gone belong to a version that has been replaced meanwhile.
const withPages = async (store: Store, item: Item): Promise<InstanceRecord | undefined> => {
  const paged: Record<string, readonly Item[]> = {}
  for (const { part, place } of placesOf(item)) {
    const { from, to } = pageRange(place.sk)
    const pages = await Array.fromAsync(store.range(item.pk, from, to))
    if (pages.length !== place.pages) return undefined
    paged[part] = pages
  }
  return decodeRecord(item, paged)
}

export type CommitResult =
  | { readonly kind: 'won'; readonly record: InstanceRecord }
  /** Another commit stands there; it must be recovered before anything else. */
  | { readonly kind: 'lost'; readonly record: InstanceRecord }

/**
 * Writes the record on the condition that its base still stands. Evicted ids and pages go first: without the commit they are
 * claims of nothing new and parts of nothing. A refusal that brings back our own nonce is a success whose answer was lost (I6).
 */
export const commitRecord = async (
  store: Store,
  base: InstanceRecord,
  { record, evicted }: Conclusion,
): Promise<CommitResult> => {
  const written = encodeRecord(record, base)
  await Promise.all([...evicted, ...written.pages].map((item) => store.put(item)))
  const result = await store.put(written.item, standing(base))
  if (result.kind === 'written' || result.item?.attributes.nonce === record.nonce) return { kind: 'won', record: written.record }
  const shown = result.item === undefined ? undefined : await withPages(store, result.item)
  const winner = shown ?? (await readRecord(store, record.instance))
  await dropPages(store, written.record, winner)
  return { kind: 'lost', record: winner }
}

const standing = (base: InstanceRecord): Condition =>
  base.exists ? { kind: 'at', version: base.version, nonce: base.nonce } : { kind: 'absent' }

/** Takes effects that are known to be done out of a record that stands; version and nonce stay. Undefined if another commit stands there. */
export const clearEffects = async (store: Store, record: InstanceRecord): Promise<InstanceRecord | undefined> => {
  const cleared = encodeRecord({ ...record, effects: [] }, record)
  const result = await store.put(cleared.item, standing(record))
  if (result.kind === 'refused') return undefined
  await dropPages(store, record, cleared.record)
  return cleared.record
}

/** Removes the pages that `before` had and `after` has not. Best effort: what stays is litter, never a part of a record. */
export const dropPages = (store: Store, before: InstanceRecord, after: InstanceRecord): Promise<void> => {
  const kept = new Set(Object.values(after.pages).map(({ sk }) => sk))
  const gone = Object.values(before.pages).filter(({ sk }) => !kept.has(sk))
  return removeItems(
    store,
    before.instance,
    gone.flatMap(({ sk, pages }) => pageSks(sk, pages)),
  )
}

/** Removes items that nobody needs any more. Best effort. */
export const removeItems = async (store: Store, instance: string, sks: readonly string[]): Promise<void> => {
  try {
    await Promise.all(sks.map((sk) => store.remove(instance, sk)))
  } catch (thrown) {
    if (!(thrown instanceof Transient)) throw thrown
  }
}

/**
 * Looks an evicted id up: a client's key by its id, any other by its id and in the segment that may hold its send time.
 * @param found what was found before, which is not looked up again
 */
export const lookUp = async (
  store: Store,
  found: Set<string>,
  instance: string,
  where: 'key' | 'segments',
  id: SeenId,
): Promise<'found' | 'absent'> => {
  const key = `${instance} ${id.digest}`
  if (found.has(key)) return 'found'
  const answer = await readSeen(store, instance, where, id)
  if (answer === 'absent') return answer
  found.add(key)
  for (const oldest of found) {
    if (found.size <= foundKeptMax) break
    found.delete(oldest)
  }
  return answer
}

const readSeen = async (store: Store, instance: string, where: 'key' | 'segments', id: SeenId): Promise<'found' | 'absent'> => {
  if ((await store.get(instance, singleSk(id))) !== undefined) return 'found'
  if (where === 'key') return 'absent'
  const { from, to } = segmentRange(id.at)
  for await (const segment of store.range(instance, from, to, { atOnce: segmentsAtOnce })) {
    const says = segmentSays(segment, id)
    if (says === 'found') return 'found'
    if (says === 'beyond') return 'absent'
  }
  return 'absent'
}

/** One holds the id or none does; the second ends the search, the rest are for what lost races left behind. */
const segmentsAtOnce = 4
