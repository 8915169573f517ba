// How a shard lies in its rows: a row a document, and a row for each value that the document has in an index.
import * as v from 'valibot'
import type { Rows as RowsOf } from '../../lib/index.ts'
import type { Document } from './collection.ts'

/** Bytes of JSON. A row holds somewhat more. */
export const documentBytesMax = 290_000

const storedRow = v.strictObject({ version: v.number(), document: v.record(v.string(), v.unknown()) })
/** An entry of an index says all by its key. */
const entryRow = v.strictObject({})
export const row = v.union([storedRow, entryRow])
export type Stored = v.InferOutput<typeof storedRow>
/** The row of an entry is empty. */
export type Row = Stored | { readonly document?: never }

export const documentRow = (key: string): string => `${documentRows}${key}`
export const documentRows = 'document/'
/** @param sortKey of `entryKey` */
export const entryRowKey = (index: string, sortKey: string): string => `${entryRows(index)}${sortKey}`
export const entryRows = (index: string): string => `index/${index}/`

export const storedIn = (found: Row | undefined): Stored | undefined => (found?.document === undefined ? undefined : found)

export const toRow = (version: number, document: Document): Stored => ({ version, document: { ...document } })

export type Rows = RowsOf<Row, Row>

/** Documents in the order of their keys. */
export const readStored = async (rows: Pick<Rows, 'getAll'>, keys: readonly string[]): Promise<readonly (Stored | undefined)[]> =>
  (await rows.getAll(keys.map(documentRow))).map(storedIn)
