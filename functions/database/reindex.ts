// Building indexes that were added or changed after documents were put: a page of rows at a time, while writes go on.
import * as v from 'valibot'
import type { Collection, Document } from './collection.ts'
import { documentRows, entryRows, type Rows, storedIn } from './row.ts'
import { after } from './sort-key.ts'
import { entryRowsOf } from './writes.ts'

/** What indexes are built from, by their names: as it was deployed when they were built. */
export interface Built {
  readonly [name: string]: string
}

export const signaturesOf = ({ indexes }: Collection): Built =>
  Object.fromEntries(Object.entries(indexes).map(([name, { kind, path }]) => [name, `${kind} ${path}`]))

/** Indexes that lack entries of documents. */
export const unbuilt = (collection: Collection, built: Built): readonly string[] =>
  Object.entries(signaturesOf(collection)).flatMap(([name, signature]) => (built[name] === signature ? [] : [name]))

/** Those of what was built that are as they are deployed now. */
export const stillBuilt = (collection: Collection, built: Built): { [name: string]: string } => {
  const signatures = signaturesOf(collection)
  return Object.fromEntries(Object.entries(built).filter(([name, signature]) => signatures[name] === signature))
}

/** One step of it. First old entries go, index by index; then each document's entries come. */
export const reindexStep = v.strictObject({
  /** What it builds: where that was changed meanwhile it begins anew. */
  indexes: v.record(v.string(), v.string()),
  /** The index whose entries go; undefined: entries come. */
  clearing: v.optional(v.string()),
  /** The row behind which it goes on. */
  behind: v.optional(v.string()),
})
export type ReindexStep = v.InferOutput<typeof reindexStep>

/** Rows that one step reads, and those that it may write: a handler writes 1,000 at most. */
const rowsAtOnce = 100
const entriesMax = 500

/** @returns the next step; undefined: all is built */
export const reindex = async (
  rows: Pick<Rows, 'range' | 'put' | 'delete'>,
  collection: Collection,
  lacking: readonly string[],
  step: ReindexStep,
): Promise<ReindexStep | undefined> => {
  const { indexes, clearing } = step
  const prefix = clearing === undefined ? documentRows : entryRows(clearing)
  const behind = await reindexPage(rows, prefix, step, (key, document) => {
    if (document === undefined) {
      rows.delete(key)
      return 1
    }
    const entries = lacking.flatMap((name) => entriesIn(collection, name, key.slice(documentRows.length), document))
    for (const entry of entries) rows.put(entry, {})
    return entries.length
  })
  if (behind !== undefined) return { indexes, ...(clearing !== undefined && { clearing }), behind }
  if (clearing === undefined) return undefined
  const next = lacking[lacking.indexOf(clearing) + 1]
  return { indexes, ...(next !== undefined && { clearing: next }) }
}

const entriesIn = ({ indexes }: Collection, name: string, key: string, document: Document): readonly string[] => {
  const index = indexes[name]
  return index === undefined ? [] : [...entryRowsOf(document, key, name, index)]
}

/**
 * @param act on a row; returns how many it writes
 * @returns the row behind which there are more
 */
const reindexPage = async (
  rows: Pick<Rows, 'range'>,
  prefix: string,
  { behind }: ReindexStep,
  act: (key: string, document: Document | undefined) => number,
): Promise<string | undefined> => {
  const page = await rows.range({
    prefix,
    from: behind === undefined ? undefined : after(behind),
    limit: rowsAtOnce,
  })
  let written = 0
  for (const [n, { key, value }] of page.rows.entries()) {
    written += act(key, storedIn(value)?.document)
    if (written >= entriesMax && n < page.rows.length - 1) return key
  }
  return page.cursor === undefined ? undefined : page.rows.at(-1)?.key
}
