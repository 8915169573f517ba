// Writes of documents: checked against version and schema, and with each the entries of its indexes.
import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import { CallFailed } from '../../lib/index.ts'
import type { Change } from '../changes.ts'
import type { Collection, Document, Index } from './collection.ts'
import type { Database } from './contract.ts'
import { indexFault, valuesOf } from './entries.ts'
import { mergePatch } from './merge-patch.ts'
import { documentBytesMax, documentRow, entryRowKey, type Rows, readStored, type Stored, toRow } from './row.ts'
import { entryKey } from './sort-key.ts'

type Calls = (typeof Database)['calls']
export type Write = v.InferOutput<Calls['Batch']['request']>['writes'][number]
export type Written = v.InferOutput<Calls['Batch']['reply']>['written'][number]

/** What a shard counts. */
export interface Tally {
  documents: number
  /** The version of the document that changed last. */
  changes: number
}

interface Place {
  readonly name: string
  readonly collection: Collection
}

/**
 * Writes in order, each on what those before left.
 * @param tally counted on
 * @returns what became of each, and what changed, in order
 * @throws CallFailed for the first that is refused; what was put until then must be dropped
 */
export const writeAll = async (
  rows: Rows,
  tally: Tally,
  { name, collection }: Place,
  writes: readonly Write[],
): Promise<{ readonly written: readonly Written[]; readonly changes: readonly Change[] }> => {
  const keys = [...new Set(writes.map(({ key }) => key))]
  const found = await readStored(rows, keys)
  const standing = new Map(keys.map((key, n) => [key, found[n]]))
  const changes: Change[] = []
  const written = writes.map((write): Written => {
    const { key } = write
    const before = standing.get(key)
    demandVersion(write, before)
    const document = next(write, before, collection)
    if (isDeepStrictEqual(document, before?.document)) return { version: before?.version ?? 0, changed: false }
    const version = ++tally.changes
    tally.documents += Number(document !== undefined) - Number(before !== undefined)
    putEntries(rows, key, collection, before?.document, document)
    if (document === undefined) rows.delete(documentRow(key))
    else rows.put(documentRow(key), toRow(version, document))
    standing.set(key, document && { version, document })
    changes.push({ collection: name, key, version, ...(document === undefined && { deleted: true }) })
    return { version: document === undefined ? 0 : version, changed: true }
  })
  return { written, changes }
}

const demandVersion = ({ key, version }: Write, before: Stored | undefined): void => {
  const standing = before?.version ?? 0
  if (version === undefined || version === standing) return
  const is = standing === 0 ? 'it is not there' : `it has version ${standing}`
  throw new CallFailed('version-conflict', `${key} should have version ${version}, but ${is}: read it and decide anew`)
}

const next = (write: Write, before: Stored | undefined, collection: Collection): Document | undefined => {
  const { key, kind } = write
  switch (kind) {
    case 'delete':
      return undefined
    case 'put':
      return demandDocument(write.document, key, collection)
    case 'patch':
      if (before === undefined) throw new CallFailed('not-found', `there is no document ${key} to patch`)
      return demandDocument(mergePatch(before.document, write.patch), key, collection)
  }
}

/** The document as it is kept. @throws CallFailed `invalid-document` with the path, or `too-large` */
export const demandDocument = (value: Document, key: string, { schema, indexes }: Collection): Document => {
  const { success, output, issues } = v.safeParse(schema, value)
  const invalid = (why: string): CallFailed => new CallFailed('invalid-document', `${key}: ${why}`)
  if (!success) throw invalid(issues.map((issue) => `${v.getDotPath(issue) ?? 'document'}: ${issue.message}`).join('; '))
  // As it will be read again: what JSON does not carry is gone.
  const text = JSON.stringify(output)
  const bytes = Buffer.byteLength(text)
  if (bytes > documentBytesMax)
    throw new CallFailed(
      'too-large',
      `${key} has ${bytes} bytes; a document has at most ${documentBytesMax}: cut it up, or keep a reference`,
    )
  const document = JSON.parse(text) as Document
  for (const index of Object.values(indexes)) {
    const fault = indexFault(valuesOf(document, index), index)
    if (fault !== undefined) throw invalid(fault)
  }
  return document
}

/** Only entries that differ are written. */
const putEntries = (
  rows: Pick<Rows, 'put' | 'delete'>,
  key: string,
  { indexes }: Collection,
  before: Document | undefined,
  document: Document | undefined,
): void => {
  for (const [name, index] of Object.entries(indexes)) {
    const [old, now] = [entryRowsOf(before, key, name, index), entryRowsOf(document, key, name, index)]
    for (const one of old) if (!now.has(one)) rows.delete(one)
    for (const one of now) if (!old.has(one)) rows.put(one, {})
  }
}

/** The rows of a document in an index. */
export const entryRowsOf = (document: Document | undefined, key: string, name: string, index: Index): ReadonlySet<string> =>
  new Set(document === undefined ? [] : valuesOf(document, index).map((value) => entryRowKey(name, entryKey(value, key))))
