// A table in memory with DynamoDB's rules, as far as the Store port leans on them: conditional puts, expiry, ranges, stale reads.
import { Buffer } from 'node:buffer'
import type { Condition, Item, PutResult } from '../ports/store.ts'

/** DynamoDB: "The maximum item size in DynamoDB is 400 KB, which includes both attribute name binary length (UTF-8 length) and attribute value lengths". */
const itemBytesHardMax = 400 * 1024

export interface TableModel {
  readonly get: (pk: string, sk: string, now: number) => Item | undefined
  /** What an eventually consistent read may still show: the item as it was before its last write. */
  readonly getStale: (pk: string, sk: string, now: number) => Item | undefined
  /** @throws RangeError if the item is larger than DynamoDB takes */
  readonly put: (item: Item, condition: Condition | undefined, now: number) => PutResult
  readonly range: (pk: string, from: string, to: string, now: number, reverse?: boolean) => readonly Item[]
  readonly remove: (pk: string, sk: string) => void
  /** All that is there, in the order of creation. */
  readonly items: (now: number) => Iterable<Item>
}

interface Cell {
  item: Item
  before: Item | undefined
  /** Whether it stays although it has expired; undefined until somebody has met it. */
  lingers?: boolean
}

/** @param lingers whether an item that has expired still lies there when it is met: DynamoDB deletes "within a few days" */
export const createTable = (lingers: (item: Item) => boolean = () => false): TableModel => {
  const partitions = new Map<string, Map<string, Cell>>()
  // What has expired goes when it is met, or lies there until another takes its place.
  const cell = (pk: string, sk: string, now: number): Cell | undefined => {
    const found = partitions.get(pk)?.get(sk)
    if (found === undefined || present(found.item, now) !== undefined) return found
    found.lingers ??= lingers(found.item)
    if (found.lingers) return found
    partitions.get(pk)?.delete(sk)
    return undefined
  }
  const get = (pk: string, sk: string, now: number): Item | undefined => present(cell(pk, sk, now)?.item, now)

  return {
    get,
    getStale: (pk, sk, now) => present(cell(pk, sk, now)?.before, now),
    put: (item, condition, now) => {
      const bytes = itemBytes(item)
      if (bytes > itemBytesHardMax)
        throw new RangeError(`item ${item.pk} ${item.sk} has ${bytes} bytes: DynamoDB takes ${itemBytesHardMax}`)
      const standing = cell(item.pk, item.sk, now)?.item
      const shown = present(standing, now)
      // Who expects nothing there takes what has expired for nothing; who expects an item may find it, expired or not.
      if (!holds(condition, condition?.kind === 'absent' ? shown : standing)) return { kind: 'refused', item: shown }
      const cells = partitions.get(item.pk) ?? new Map<string, Cell>()
      partitions.set(item.pk, cells)
      cells.set(item.sk, { item: { ...item, attributes: Object.freeze({ ...item.attributes }) }, before: standing })
      return { kind: 'written' }
    },
    range: (pk, from, to, now, reverse = false) => {
      const found: Item[] = []
      for (const [sk, { item }] of partitions.get(pk) ?? []) {
        if (inOrder(from, sk) && inOrder(sk, to) && present(item, now)) found.push(item)
      }
      return found.sort((a, b) => (inOrder(a.sk, b.sk) === reverse ? 1 : -1))
    },
    remove: (pk, sk) => {
      partitions.get(pk)?.delete(sk)
    },
    *items(now) {
      for (const cells of partitions.values()) for (const { item } of cells.values()) if (present(item, now)) yield item
    },
  }
}

const present = (item: Item | undefined, now: number): Item | undefined => {
  const expires = item?.attributes.expires
  return typeof expires === 'number' && expires * 1000 <= now ? undefined : item
}

const holds = (condition: Condition | undefined, standing: Item | undefined): boolean => {
  if (condition === undefined) return true
  if (condition.kind === 'absent') return standing === undefined
  if (condition.kind === 'older') return !(Number(standing?.attributes.version) >= condition.version)
  return standing?.attributes.version === condition.version && standing.attributes.nonce === condition.nonce
}

// By bytes of UTF-8; code units below the surrogates have the same order.
const inOrder = (a: string, b: string): boolean =>
  surrogates.test(a) || surrogates.test(b) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) <= 0 : a <= b
const surrogates = /[\ud800-\uffff]/

/** Size as DynamoDB counts it: names and values in UTF-8, a number at its longest. */
export const itemBytes = ({ pk, sk, attributes }: Item): number => {
  let bytes = 4 + Buffer.byteLength(pk) + Buffer.byteLength(sk)
  for (const [name, value] of Object.entries(attributes)) {
    bytes +=
      Buffer.byteLength(name) +
      (typeof value === 'string' ? Buffer.byteLength(value) : typeof value === 'number' ? 21 : value.byteLength)
  }
  return bytes
}
