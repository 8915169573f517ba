// Rows: keyed storage of an instance beside its record. Writing one is an effect of the commit, done on condition that no later commit
// has written it; what is deleted leaves a tombstone, so that an earlier write which comes late finds a version to lose against.
//
// A row counts from the version at which its instance began: what an earlier life has left is not seen, and is swept away in time.
import type { Blueprint } from './definition.ts'
import { digest } from './digest.ts'
import type { SendEffect } from './effect.ts'
import type { Envelope } from './envelope.ts'
import { Rejected } from './errors.ts'
import { type Draft, settle } from './hop.ts'
import type { Item } from './item.ts'
import { rowKeyBytesMax, rowKeyLengthMax, rowsRangedDefault, rowsRangedMax, rowTombstoneMs, rowWeightLeast } from './limits.ts'

/** A row to be written; without a value it is to be deleted. */
export interface RowEffect {
  readonly kind: 'row'
  readonly key: string
  readonly value?: unknown
  /** Version of the value's schema, where it is not the first. */
  readonly schema?: number
}

const rowPrefix = 'row/'
export const rowSk = (key: string): string => `${rowPrefix}${key}`
export const isRow = ({ sk }: Pick<Item, 'sk'>): boolean => sk.startsWith(rowPrefix)
export const rowKeyOf = ({ sk }: Pick<Item, 'sk'>): string => sk.slice(rowPrefix.length)

/** The item that a commit makes of a row. The same effect of the same commit gives the same item. */
export const rowItem = (
  pk: string,
  { key, value, schema }: RowEffect,
  commit: { readonly version: number; readonly at: number },
): Item => ({
  pk,
  sk: rowSk(key),
  attributes: {
    version: commit.version,
    ...(value === undefined
      ? { expires: Math.ceil((commit.at + rowTombstoneMs) / 1000) }
      : { value: JSON.stringify(value), ...(schema !== undefined && { schema }) }),
  },
})

/** @throws Rejected if it cannot name a row */
export const demandRowKey = (key: string): string => {
  const what = 'a row’s key'
  const fault = typeof key !== 'string' || key === '' ? `${what} must be a text of at least one character` : textFault(key, what)
  if (fault === undefined) return key
  throw new Rejected('illegal-row-key', fault)
}

const textFault = (text: string, what: string): string | undefined => {
  if (!text.isWellFormed()) return `${what} holds half of a surrogate pair: UTF-8 cannot carry it`
  if (text.length > rowKeyLengthMax) return `${what} has ${text.length} characters, at most ${rowKeyLengthMax}`
  const bytes = Buffer.byteLength(text)
  return bytes > rowKeyBytesMax ? `${what} has ${bytes} bytes in UTF-8, at most ${rowKeyBytesMax}` : undefined
}

/** Which rows are asked for, and in what order. */
export interface RowQuery {
  readonly prefix?: string | undefined
  /** The first key. */
  readonly from?: string | undefined
  /** The key before which it ends. */
  readonly to?: string | undefined
  /** Most rows of one answer, 1 to 1,000. Default 100. */
  readonly limit?: number | undefined
  /** Where an earlier answer to the same query ended. */
  readonly cursor?: string | undefined
  /** The last first. */
  readonly reverse?: boolean | undefined
}

/** Sort keys from `from` to before `to`. */
export interface RowSpan {
  readonly from: string
  readonly to: string
}

/** By bytes of UTF-8, as DynamoDB orders sort keys. */
export const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

const larger = (a: string, b: string): string => (compareKeys(a, b) < 0 ? b : a)
const smaller = (a: string, b: string): string => (compareKeys(a, b) < 0 ? a : b)

/** Where the rows of a query lie, behind its cursor. @throws Rejected if it cannot be asked so */
export const rowSpan = (query: RowQuery): RowSpan => {
  const { prefix = '', from = '', to, cursor, reverse } = query
  for (const [name, text] of Object.entries({ prefix, from, to: to ?? '' })) {
    const fault = textFault(text, `"${name}" of a range`)
    if (fault !== undefined) throw new Rejected('illegal-row-key', fault)
  }
  const all = { from: larger(rowSk(prefix), rowSk(from)), to: successor(rowSk(prefix)) }
  const span = to === undefined ? all : { ...all, to: smaller(all.to, rowSk(to)) }
  if (cursor === undefined) return span
  const key = rowSk(keyIn(cursor, query))
  if (compareKeys(key, span.from) < 0 || compareKeys(key, span.to) >= 0) throw foreignCursor()
  return reverse === true ? { ...span, to: key } : { ...span, from: `${key}\0` }
}

/** All rows of an instance, or those behind a key. */
export const rowsAfter = (key?: string): RowSpan => ({
  from: key === undefined ? rowPrefix : `${rowSk(key)}\0`,
  to: successor(rowPrefix),
})

// The least text that is greater than all that begin with `prefix`; there is one, since none is all of the last character.
const successor = (prefix: string): string => {
  const points = Array.from(prefix)
  for (;;) {
    const point = points.pop()?.codePointAt(0) ?? 0
    if (point < 0x10ffff) return `${points.join('')}${String.fromCodePoint(point === 0xd7ff ? 0xe000 : point + 1)}`
  }
}

/** @throws Rejected if it is no number of rows to ask for */
export const demandRowLimit = (limit = rowsRangedDefault): number => {
  if (Number.isInteger(limit) && limit >= 1 && limit <= rowsRangedMax) return limit
  throw new Rejected('illegal-limit', `the limit of a range is an integer from 1 to ${rowsRangedMax}, this one is ${limit}`)
}

const nameOf = ({ prefix = '', from = '', to, reverse = false }: RowQuery): string =>
  digest(JSON.stringify([prefix, from, to ?? null, reverse]))

/** Where a query goes on behind `key`. Opaque to whoever gets it: it names the query that it belongs to. */
export const rowCursor = (query: RowQuery, key: string): string => Buffer.from(`${nameOf(query)}${key}`).toString('base64url')

const keyIn = (cursor: string, query: RowQuery): string => {
  const name = nameOf(query)
  const text = Buffer.from(cursor, 'base64url').toString()
  if (!text.startsWith(name) || text.length === name.length) throw foreignCursor()
  return text.slice(name.length)
}

const foreignCursor = (): Rejected =>
  new Rejected('cursor', 'this cursor belongs to another query: give it with the prefix, from, to and reverse that brought it')

/** The type of the message by which an instance sweeps away what its earlier life has left. */
export const sweepType = '~sweep'

/** Behind which key a sweep goes on; whoever wrote its message, it is one. */
export const sweptAfter = (body: unknown): string | undefined => {
  const { after } = (body ?? {}) as { readonly after?: unknown }
  return typeof after === 'string' && textFault(after, '') === undefined ? after : undefined
}

/** The message that has the rows of an instance swept that ends or begins again; none where its process has no rows. */
export const sweepOf = (
  { contract, rows }: Blueprint,
  instance: string,
  { id, trace }: Pick<Envelope, 'id' | 'trace'>,
  after?: string,
): readonly SendEffect[] => {
  if (rows === undefined) return []
  const body = after === undefined ? {} : { after }
  // It ends by itself, so its hops need no count.
  return [{ kind: 'send', process: contract.name, to: instance, type: sweepType, body, trace, cause: id, hops: 0 }]
}

/** Rows that an earlier life has left are deleted. @param next the message that goes on behind them */
export const applySwept = (
  draft: Draft,
  envelope: Envelope,
  keys: readonly string[],
  next: readonly SendEffect[],
  now: number,
): void => {
  settle(draft, envelope, now)
  const rows = new Map(draft.rows)
  // What the new life has just written stands.
  for (const key of keys) if (!rows.has(key)) rows.set(key, { kind: 'row', key })
  if (rows.size > 0) draft.rows = rows
  draft.effects.push(...next)
  draft.effectsBytes += keys.length * rowWeightLeast
}
