// What one instance of the cache is: its state, which is written with every change and so is kept small, and its rows, an entry each.
import * as v from 'valibot'
import { whole } from '../amounts.ts'
import { isValid, noStamps, stampsSchema } from './tags.ts'

/** One that may load a key: `id` is the event of its giving, times are ms since 1970. */
const lease = v.strictObject({ key: v.string(), id: whole, at: whole, until: whole })
export type Lease = v.InferOutput<typeof lease>

export const shelfSchema = v.strictObject({
  stamps: stampsSchema,
  leases: v.array(lease),
  entries: whole,
  bytes: whole,
  /** What eviction goes by: the row that the hand comes to next, the marks of use, and the newest entries. */
  hand: v.string(),
  visited: v.string(),
  young: v.string(),
  counts: v.strictObject({
    hits: whole,
    misses: whole,
    fills: whole,
    refused: whole,
    evictions: whole,
    invalidations: whole,
  }),
})
export type Shelf = v.InferOutput<typeof shelfSchema>

export const emptyShelf = (): Shelf => ({
  stamps: noStamps(),
  leases: [],
  entries: 0,
  bytes: 0,
  hand: '',
  visited: '',
  young: '',
  counts: { hits: 0, misses: 0, fills: 0, refused: 0, evictions: 0, invalidations: 0 },
})

/** A row. Without a value it is known not to exist. */
export const entrySchema = v.strictObject({
  value: v.optional(v.unknown()),
  tags: v.array(v.string()),
  /** The lease that it was loaded under. */
  since: whole,
  /** Fresh until then, ms since 1970; stale for `staleMs` more. */
  until: whole,
  staleMs: whole,
  bytes: whole,
})
export type Entry = v.InferOutput<typeof entrySchema>

/** Rows of an instance, as much of them as is used. */
export interface Rows {
  readonly get: (key: string) => Promise<Entry | undefined>
  readonly put: (key: string, entry: Entry) => void
  readonly delete: (key: string) => void
  /** In the order of keys, from `from` on. */
  readonly range: (query: {
    readonly from?: string
    readonly limit: number
  }) => Promise<{ readonly rows: readonly { readonly key: string; readonly value: Entry }[] }>
}

/** Whether an entry may still be had, fresh or stale. */
export const isGood = ({ stamps }: Shelf, { since, tags, until, staleMs }: Entry, now: number): boolean =>
  now < until + staleMs && isValid(stamps, since, tags)

/** Takes an entry off. */
export const remove = (shelf: Shelf, rows: Rows, row: string, { bytes }: Entry): void => {
  rows.delete(row)
  shelf.entries -= 1
  shelf.bytes -= bytes
}
