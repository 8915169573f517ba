// What must hold of a shard's rows: each document fits its collection, and its indexes say what the documents say.
import { isDeepStrictEqual } from 'node:util'
import { type Collection, instanceFor } from './collection.ts'
import { documentRow, documentRows, type Row, storedIn } from './row.ts'
import { demandDocument, entryRowsOf, type Tally } from './writes.ts'

/** @returns the violated claims in words, none if all hold */
export const auditShard = (
  instance: string,
  { name, collection }: { readonly name: string; readonly collection: Collection },
  { documents, changes }: Tally,
  rows: ReadonlyMap<string, Row>,
): readonly string[] => {
  const stored = [...rows].flatMap(([row, value]) => {
    const found = storedIn(value)
    return row.startsWith(documentRows) && found !== undefined ? [{ key: row.slice(documentRows.length), ...found }] : []
  })
  const due = new Set(stored.flatMap(({ key, document }) => [documentRow(key), ...allEntries(collection, key, document)]))
  const versions = new Set(stored.map(({ version }) => version))
  const claims: readonly (readonly [holds: boolean, violation: string])[] = [
    [stored.length === documents, `counts ${documents} documents, and has ${stored.length}`],
    [versions.size === stored.length, 'has two documents of one version'],
    [stored.every(({ version }) => version <= changes), `has a document newer than its last change, ${changes}`],
    ...stored.flatMap(({ key, document }): readonly (readonly [boolean, string])[] => [
      [instanceFor(name, collection, key) === instance, `has ${key}, which belongs elsewhere`],
      [isDeepStrictEqual(demandDocument(document, key, collection), document), `has ${key}, which does not parse to itself`],
    ]),
    ...[...due].map((row): readonly [boolean, string] => [rows.has(row), `lacks the row ${JSON.stringify(row)}`]),
    ...[...rows.keys()].map((row): readonly [boolean, string] => [
      due.has(row),
      `has the row ${JSON.stringify(row)} for nothing`,
    ]),
  ]
  return claims.flatMap(([holds, violation]) => (holds ? [] : [`database/${instance} ${violation}`]))
}

const allEntries = (collection: Collection, key: string, document: object): readonly string[] =>
  Object.entries(collection.indexes).flatMap(([name, index]) => [...entryRowsOf({ ...document }, key, name, index)])
