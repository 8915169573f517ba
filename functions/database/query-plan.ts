// What a query reads: one range of rows, in one direction, from a place on.
import { hash } from 'node:crypto'
import type { InferOutput } from 'valibot'
import { CallFailed } from '../../lib/index.ts'
import type { Collection, Document, Index } from './collection.ts'
import type { Database } from './contract.ts'
import { valuesOf, wordsOf } from './entries.ts'
import { documentRows, entryRows } from './row.ts'
import { after, compareBytes, encodePrefix, encodeScalar, entriesOf, entryKey, type Scalar } from './sort-key.ts'

type Calls = (typeof Database)['calls']
export type Query = InferOutput<Calls['Query']['request']>
/** Which documents a query asks for; the rest of it says how many, and from where. */
export type Condition = Omit<Query, 'limit' | 'cursor'>

export interface Plan {
  /** The keys of its rows begin so; the rest is their place in the order. */
  readonly rows: string
  /** What the places in the range begin with; '' where that is said by `from` and `to` alone. */
  readonly prefix: string
  /** Inclusive and exclusive, as places. Without `to` up to the last. */
  readonly from: string
  readonly to: string | undefined
  readonly reverse: boolean
  /** The index that it runs over; undefined: documents by their keys. */
  readonly index: Index | undefined
  /** Whether a document can have but one place in the range, so that places can be counted instead of documents. */
  readonly single: boolean
  /** Whether most that stand in the range are not asked for: then more of them are looked at together. */
  readonly sparse: boolean
  /** Whether a document that stands in the range is asked for. */
  readonly suits: (document: Document) => boolean
}

/** @throws CallFailed `unknown-index` or `wrong-query` */
export const planOf = (collection: Collection, condition: Condition): Plan => {
  const { index: name, reverse = false } = condition
  if (name === undefined) return planOfKeys(condition, reverse)
  const index = Object.hasOwn(collection.indexes, name) ? collection.indexes[name] : undefined
  if (index === undefined)
    throw new CallFailed('unknown-index', `there is no index ${JSON.stringify(name)}: ${known(Object.keys(collection.indexes))}`)
  const rows = entryRows(name)
  return index.kind === 'words'
    ? planOfWords(condition, { rows, reverse, index })
    : planOfValues(condition, { rows, reverse, index })
}

const known = (names: readonly string[]): string =>
  names.length === 0 ? 'the collection has none' : `there are ${names.join(', ')}`
const wrong = (why: string): CallFailed => new CallFailed('wrong-query', why)
const all = (): boolean => true

const planOfKeys = ({ equals, prefix = '', from = '', to, matches }: Condition, reverse: boolean): Plan => {
  if (equals !== undefined || matches !== undefined) throw wrong('equals and matches need an index: ask for one key by Get')
  if (typeof from !== 'string' || (to !== undefined && typeof to !== 'string'))
    throw wrong('keys are texts: from and to must be, where no index is named')
  return { rows: documentRows, prefix, from, to, reverse, index: undefined, single: true, sparse: false, suits: all }
}

type Indexed = Pick<Plan, 'rows' | 'reverse'> & { readonly index: Index }

const planOfValues = ({ equals, prefix, from, to, matches }: Condition, indexed: Indexed): Plan => {
  if (matches !== undefined) throw wrong('matches needs an index of words')
  if (equals !== undefined) {
    if (prefix !== undefined || from !== undefined || to !== undefined)
      throw wrong('equals says all: leave prefix, from and to out')
    return { ...indexed, ...whole, prefix: entriesOf(equals), single: true, sparse: false, suits: all }
  }
  return {
    ...indexed,
    prefix: prefix === undefined ? '' : encodePrefix(prefix),
    from: from === undefined ? '' : encodeScalar(from),
    to: to === undefined ? undefined : encodeScalar(to),
    single: false,
    sparse: false,
    suits: all,
  }
}

// The longest word is taken for the rarest; what it finds is looked through for the others.
const planOfWords = ({ equals, prefix, from, to, matches }: Condition, indexed: Indexed): Plan => {
  if (equals !== undefined || prefix !== undefined || from !== undefined || to !== undefined || matches === undefined)
    throw wrong('an index of words takes matches, and neither equals, prefix, from nor to')
  const words = wordsOf(matches)
  const [first] = words.toSorted((a, b) => b.length - a.length)
  if (first === undefined) throw wrong('matches has no word')
  const suits = (document: Document): boolean => {
    const has = valuesOf(document, indexed.index) as readonly string[]
    return words.every((word) => has.some((one) => one.startsWith(word)))
  }
  return {
    ...indexed,
    ...whole,
    prefix: encodePrefix(first),
    single: false,
    sparse: words.length > 1,
    suits,
  }
}

type Bounds = Pick<Plan, 'from' | 'to'>
const whole: Bounds = { from: '', to: undefined }

/** The range that is left behind a place. */
export const behind = (plan: Plan, place: string | undefined): Bounds => {
  const { from, to, reverse } = plan
  if (place === undefined) return { from, to }
  if (reverse) return { from, to: to === undefined || compareBytes(place, to) < 0 ? place : to }
  const next = after(place)
  return { from: compareBytes(from, next) < 0 ? next : from, to }
}

/**
 * The place at which a document is given: its first in the range. One with several words that begin alike has several places there, and is
 * one answer nevertheless. Undefined if it has none.
 */
export const placeOf = ({ index, prefix, from, to, reverse }: Plan, key: string, document: Document): string | undefined => {
  if (index === undefined) return key
  const places = valuesOf(document, index)
    .map((value: Scalar) => entryKey(value, key))
    .filter(
      (place) => place.startsWith(prefix) && compareBytes(place, from) >= 0 && (to === undefined || compareBytes(place, to) < 0),
    )
  return reverse ? places.at(-1) : places[0]
}

const fingerprint = ({ index, equals, prefix, from, to, matches, reverse = false }: Condition, collection: string): string =>
  hash(
    'sha256',
    JSON.stringify([collection, index, equals, prefix, from, to, matches, reverse].map((one) => (one === undefined ? [] : one))),
    'hex',
  ).slice(0, 12)

/** A cursor behind a place: opaque, and good for the same query on any shard. */
export const cursorOf = (collection: string, condition: Condition, place: string): string =>
  Buffer.from(fingerprint(condition, collection) + place).toString('base64url')

/** @throws CallFailed `wrong-cursor` */
export const placeIn = (collection: string, condition: Condition, cursor: string): string => {
  const text = Buffer.from(cursor, 'base64url').toString()
  const own = fingerprint(condition, collection)
  if (text.startsWith(own)) return text.slice(own.length)
  throw new CallFailed('wrong-cursor', 'the cursor is of another query: begin without one')
}
