// The rows that a handler is given: read when they are asked for, with what it and the messages before it in this commit have written laid
// over what the table has.
//
// What the table has is what the record says: a record's effects are done before any handler runs on it, and a row that a later commit has
// written bears that commit's version. So a row newer than the record means that the record is overtaken, whatever the handler makes of it:
// the run is given up, and begun again on the newest.
import type { Rows } from '../core/context.ts'
import { Overtaken, Rejected, Transient } from '../core/errors.ts'
import { schemaVersion, upgrade } from '../core/evolving.ts'
import type { Draft } from '../core/hop.ts'
import type { Item } from '../core/item.ts'
import { rowBytesMax, rowsRangedBytesMax, rowsReadMax, rowWeightLeast } from '../core/limits.ts'
import {
  compareKeys,
  demandRowKey,
  demandRowLimit,
  type RowEffect,
  type RowQuery,
  type RowSpan,
  rowCursor,
  rowKeyOf,
  rowSk,
  rowSpan,
} from '../core/row.ts'
import { demand, type Schema } from '../core/schema.ts'
import type { Outbox } from './context.ts'
import type { Host } from './host.ts'

export interface OpenRows {
  readonly surface: Rows<unknown, unknown>
  /** Set once a row has shown that the record is overtaken. */
  readonly overtaken: Overtaken | undefined
}

/** What rows are opened for. */
export interface RowsOf {
  readonly process: string
  readonly schema: Schema
  readonly host: Host
  readonly draft: Draft
  readonly out: Outbox
  /** Throws once the handler has come to its end. */
  readonly pass: () => void
}

/** A row as it is found: undefined is deleted. */
interface Found {
  readonly key: string
  readonly text: string | undefined
  readonly schema?: number
}

export const openRows = ({ process, schema, host, draft, out, pass }: RowsOf): OpenRows => {
  const { store, meter } = host
  const { instance, version } = draft.base
  // Without a state nothing of the table counts.
  const from = draft.state === undefined ? undefined : draft.rowsFrom
  let overtaken: Overtaken | undefined

  const written = (key: string): RowEffect | undefined => out.sent.rows?.get(key) ?? draft.rows?.get(key)
  const foundIn = (item: Item): Found => {
    const { attributes } = item
    const key = rowKeyOf(item)
    if (Number(attributes.version) > version) {
      overtaken ??= new Overtaken('overtaken', `${instance}: its row ${key} is newer than the record that was read`)
      throw overtaken
    }
    const counts = from !== undefined && Number(attributes.version) >= from
    return { key, text: counts ? (attributes.value as string | undefined) : undefined, ...schemaOf(attributes.schema) }
  }
  const decoded = ({ key, text, schema: of = 1 }: Found): unknown =>
    text === undefined ? undefined : decode(schema, key, text, of)

  const get = async (key: string): Promise<unknown> => {
    const own = written(demandRowKey(key))
    if (own !== undefined) return decoded(foundOf(own))
    if (from === undefined) return undefined
    meter.add('RowReads', 1)
    const item = await store.get(instance, rowSk(key))
    return item && decoded(foundIn(item))
  }
  const getAll = async (keys: readonly string[]): Promise<readonly unknown[]> => {
    if (keys.length > rowsReadMax)
      throw new Rejected('too-many-rows', `${keys.length} rows are read at once, at most ${rowsReadMax}: use range, or several`)
    const own = keys.map((key) => written(demandRowKey(key)))
    const missing = new Set(keys.filter((_, n) => own[n] === undefined))
    const items = from === undefined || missing.size === 0 ? [] : await store.getMany(instance, [...missing].map(rowSk))
    if (from !== undefined) meter.add('RowReads', missing.size)
    const found = new Map(items.map((item) => [rowKeyOf(item), foundIn(item)]))
    return keys.map((key, n) => {
      const mine = own[n]
      const one = mine === undefined ? found.get(key) : foundOf(mine)
      return one && decoded(one)
    })
  }
  const range = async (query: RowQuery = {}) => {
    const span = rowSpan(query)
    const limit = demandRowLimit(query.limit)
    const { reverse = false } = query
    const own = [...new Map([...(draft.rows ?? []), ...(out.sent.rows ?? [])]).values()].filter(({ key }) => isWithin(key, span))
    own.sort((a, b) => (reverse ? compareKeys(b.key, a.key) : compareKeys(a.key, b.key)))
    const stored = async function* (): AsyncIterable<Found> {
      // DynamoDB refuses a range that ends before it begins.
      if (from === undefined || compareKeys(span.from, span.to) >= 0) return
      meter.add('RowReads', 1)
      for await (const item of store.range(instance, span.from, span.to, { atOnce: limit, reverse }))
        if (item.sk !== span.to) yield foundIn(item)
    }
    const rows: { readonly key: string; readonly value: unknown }[] = []
    let bytes = 0
    for await (const one of overlaid(own.map(foundOf), stored(), reverse)) {
      if (one.text === undefined) continue
      rows.push({ key: one.key, value: decoded(one) })
      bytes += one.text.length
      // Whether there is one more would take a read more.
      if (rows.length === limit || bytes > rowsRangedBytesMax) return { rows, cursor: rowCursor(query, one.key) }
    }
    return { rows }
  }
  const put = (key: string, value: unknown): void => {
    pass()
    demandRowKey(key)
    const text = JSON.stringify(value) as string | undefined
    const bytes = Buffer.byteLength(text ?? '')
    if (bytes > rowBytesMax) {
      const advice = 'split it into several rows'
      throw new Rejected('row-too-large', `the row ${key} has ${bytes} bytes as JSON, at most ${rowBytesMax}: ${advice}`)
    }
    const copy: unknown = text === undefined ? undefined : JSON.parse(text)
    demand(schema, copy, `${process}'s row ${key}`)
    if (copy === undefined) throw new Rejected('invalid-value', `${process}'s row ${key}: undefined is no JSON`)
    const newest = schemaVersion(schema)
    out.write({ kind: 'row', key, value: copy, ...(newest > 1 && { schema: newest }) }, Math.max(bytes, rowWeightLeast))
  }
  const remove = (key: string): void => {
    pass()
    out.write({ kind: 'row', key: demandRowKey(key) }, rowWeightLeast)
  }
  return {
    surface: { get: looked(get), getAll: looked(getAll), range: looked(range), put, delete: remove },
    get overtaken() {
      return overtaken
    },
  }
}

// A read that nobody awaits must not end the function when it fails.
const looked =
  <A extends readonly unknown[], T>(read: (...asked: A) => Promise<T>) =>
  (...asked: A): Promise<T> => {
    const reading = read(...asked)
    reading.catch(() => {})
    return reading
  }

const schemaOf = (schema: unknown): Pick<Found, 'schema'> => (schema === undefined ? {} : { schema: Number(schema) })

const foundOf = ({ key, value, schema }: RowEffect): Found => ({
  key,
  text: value === undefined ? undefined : JSON.stringify(value),
  ...schemaOf(schema),
})

const isWithin = (key: string, { from, to }: RowSpan): boolean =>
  compareKeys(rowSk(key), from) >= 0 && compareKeys(rowSk(key), to) < 0

// What is written stands in the place of what is stored, or between; both come in the same order.
async function* overlaid(own: readonly Found[], stored: AsyncIterable<Found>, reverse: boolean): AsyncIterable<Found> {
  let next = 0
  for await (const one of stored) {
    for (let mine = own[next]; mine !== undefined; mine = own[next]) {
      const order = reverse ? compareKeys(one.key, mine.key) : compareKeys(mine.key, one.key)
      if (order > 0) break
      next += 1
      yield mine
    }
    if (own[next - 1]?.key !== one.key) yield one
  }
  yield* own.slice(next)
}

// As of a state: one that this code cannot read is no fault of the message.
const decode = (schema: Schema, key: string, text: string, version: number): unknown => {
  try {
    return demand(schema, upgrade(schema, version, JSON.parse(text)), `the stored row ${key}`)
  } catch (cause) {
    throw new Transient('unreadable-row', `${(cause as Error).message}: deploy code that reads it (evolving(…).to(…))`, { cause })
  }
}
