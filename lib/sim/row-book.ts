// The book of rows: what handlers did with them, what commits made of it, and what the table has come to.
//
// Runs are done over again when they are committed, in their order, on the rows as the commit before has left them. So each read of a
// committed handler must have shown what all before it had written, and each commit must write what its handlers did, no more and no less.
import { isDeepStrictEqual } from 'node:util'
import type { Effect } from '../core/effect.ts'
import { schemaVersion } from '../core/evolving.ts'
import type { Item } from '../core/item.ts'
import { compareKeys, type RowQuery, rowSk, rowSpan } from '../core/row.ts'
import { parse, type Schema } from '../core/schema.ts'
import type { Violation } from './message-book.ts'

/** What a run did with rows. `found` is missing where nobody has waited for it; values are as their schema gives them. */
export type RowDeed =
  | { readonly kind: 'put'; readonly key: string; readonly value: unknown }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'get'; readonly key: string; found?: { readonly value: unknown } }
  | { readonly kind: 'range'; readonly query: RowQuery; found?: RowsFound }
  | { readonly kind: 'end' }

interface RowsFound {
  readonly rows: readonly { readonly key: string; readonly value: unknown }[]
  readonly cursor?: string
}

/** Values by key. */
export type RowsHeld = ReadonlyMap<string, unknown>

/** A commit, as far as rows go. */
export interface RowCommit {
  readonly process: string
  readonly receiver: string
  readonly version: number
  /** Nothing stood there before. */
  readonly isNew: boolean
  /** The version from which on rows count. */
  readonly from: number
  readonly effects: readonly Effect[]
  /** That it holds and none before it held, in their order. */
  readonly runs: readonly number[]
  /** It was begun anew from outside, at a place among its messages that nobody knows. */
  readonly restarted: boolean
}

export interface RowBook {
  readonly did: (run: number, deed: RowDeed) => void
  readonly committed: (commit: RowCommit) => void
  /** A row was written. @param before what stood there */
  readonly stored: (receiver: string, item: Item, before: Item | undefined) => void
  /** What the commits of each instance have made of its rows, by address. */
  readonly all: () => Iterable<readonly [receiver: string, rows: RowsHeld]>
}

/** A value as its schema gives it; of one that changes shape, only that it is there. */
export const shown = (schema: Schema | undefined, value: unknown): unknown => {
  if (schema === undefined || schemaVersion(schema) > 1) return 'a row'
  const parsed = parse(schema, value)
  return parsed.kind === 'valid' ? parsed.value : value
}

/** @param schemaOf the schema of a process's rows */
export const createRowBook = (schemaOf: (process: string) => Schema | undefined, violation: Violation): RowBook => {
  const deeds = new Map<number, RowDeed[]>()
  const held = new Map<string, RowsHeld>()
  /** Versions under which commits write rows, by address and sort key. */
  const written = new Map<string, Set<number>>()
  /** The newest version that the table has taken, by address and sort key. */
  const done = new Map<string, number>()

  /** What the effects of a commit make of rows. */
  const made = (rows: Map<string, unknown>, { process, receiver, version, effects }: RowCommit): RowsHeld => {
    for (const effect of effects) {
      if (effect.kind !== 'row') continue
      const { key, value } = effect
      const name = `${receiver} ${rowSk(key)}`
      written.set(name, (written.get(name) ?? new Set()).add(version))
      if (value === undefined) rows.delete(key)
      else rows.set(key, shown(schemaOf(process), value))
    }
    return rows
  }

  const committed: RowBook['committed'] = (commit) => {
    const { process, receiver, version, isNew, from, runs, restarted } = commit
    if (schemaOf(process) === undefined) return
    const before: RowsHeld = (isNew ? undefined : held.get(receiver)) ?? new Map()
    const begins = isNew || from === version
    const after = made(new Map(begins ? [] : before), commit)
    held.set(receiver, after)
    const done = runs.map((run) => deeds.get(run) ?? [])
    for (const run of runs) deeds.delete(run)
    // A flow that ends its instance may have begun in an earlier commit.
    if (restarted || (begins && !isNew && !done.flat().some(({ kind }) => kind === 'end'))) return
    const expected = replay(before, done, (text) => violation('I6', `${receiver} at ${version}: ${text}`))
    if (!isDeepStrictEqual(expected, after))
      violation('I1', `${receiver} at ${version} leaves the rows ${textOf(after)}, and its handlers left ${textOf(expected)}`)
  }

  return {
    did: (run, deed) => {
      const all = deeds.get(run)
      if (all === undefined) deeds.set(run, [deed])
      else all.push(deed)
    },
    committed,
    stored: (receiver, { sk, attributes }, before) => {
      const name = `${receiver} ${sk}`
      const version = Number(attributes.version)
      const stood = Number(before?.attributes.version ?? 0)
      const newest = done.get(name) ?? 0
      done.set(name, Math.max(newest, version))
      if (!written.get(name)?.has(version))
        violation('I3', `${name} is written at ${version}, and no commit of that version does`)
      if (stood > 0 && version <= stood) violation('I6', `${name} is written at ${version}, and stands there since ${stood}`)
      if (version < newest) violation('I6', `${name} is written at ${version}, after it was at ${newest}`)
    },
    all: () => held,
  }
}

type Fault = (text: string) => void

const replay = (before: RowsHeld, runs: readonly (readonly RowDeed[])[], fault: Fault): RowsHeld => {
  let rows = new Map(before)
  for (const deeds of runs) {
    for (const deed of deeds) {
      if (deed.kind === 'put') rows.set(deed.key, deed.value)
      else if (deed.kind === 'delete') rows.delete(deed.key)
      else if (deed.kind === 'get') checkGet(rows, deed, fault)
      else if (deed.kind === 'range') checkRange(rows, deed, fault)
    }
    if (deeds.some(({ kind }) => kind === 'end')) rows = new Map()
  }
  return rows
}

const checkGet = (rows: RowsHeld, { key, found }: RowDeed & { readonly kind: 'get' }, fault: Fault): void => {
  if (found !== undefined && !isDeepStrictEqual(found.value, rows.get(key)))
    fault(`its handler read the row ${key} as ${JSON.stringify(found.value)}, and it was ${JSON.stringify(rows.get(key))}`)
}

// Where a range ends without a cursor it has brought all; with one it may end anywhere behind its first row.
const checkRange = (rows: RowsHeld, { query, found }: RowDeed & { readonly kind: 'range' }, fault: Fault): void => {
  if (found === undefined) return
  const { from, to } = rowSpan(query)
  const all = [...rows]
    .filter(([key]) => compareKeys(rowSk(key), from) >= 0 && compareKeys(rowSk(key), to) < 0)
    .sort(([a], [b]) => (query.reverse === true ? compareKeys(b, a) : compareKeys(a, b)))
  const due = found.cursor === undefined ? all : all.slice(0, Math.max(1, found.rows.length))
  const brought = found.rows.map(({ key, value }) => [key, value])
  if (!isDeepStrictEqual(brought, due))
    fault(`its handler read the range ${JSON.stringify(query)} as ${JSON.stringify(brought)}, and it was ${JSON.stringify(due)}`)
}

const textOf = (rows: RowsHeld): string => JSON.stringify([...rows])
