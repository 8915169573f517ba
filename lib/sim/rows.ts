// The rows of an instance as its table has them, and whether they are what its commits say.
import { isDeepStrictEqual } from 'node:util'
import { parseAddress } from '../core/names.ts'
import { recordSk } from '../core/record.ts'
import { compareKeys, rowKeyOf, rowsAfter, sweepType } from '../core/row.ts'
import type { Cloud } from './cloud.ts'
import type { Ledger } from './ledger.ts'
import { shown } from './row-book.ts'
import type { TableModel } from './table.ts'

/** Values by ascending key, tombstones and what an earlier life has left not among them. */
export const rowsIn = (table: TableModel, instance: string, now: number): ReadonlyMap<string, unknown> => {
  const record = table.get(instance, recordSk, now)?.attributes
  if (record?.state === undefined && record?.pages === undefined) return new Map()
  const { from, to } = rowsAfter()
  const counts = Number(record.rowsFrom ?? 0)
  const found = table
    .range(instance, from, to, now)
    .filter(({ attributes }) => attributes.value !== undefined && Number(attributes.version) >= counts)
  return new Map(found.map((item) => [rowKeyOf(item), JSON.parse(item.attributes.value as string) as unknown]))
}

/** Keys of rows that an earlier life has left. */
const leftBehind = (table: TableModel, instance: string, now: number): readonly string[] => {
  const { from, to } = rowsAfter()
  const counts = Number(table.get(instance, recordSk, now)?.attributes.rowsFrom ?? Number.POSITIVE_INFINITY)
  return table
    .range(instance, from, to, now)
    .filter(({ attributes }) => attributes.value !== undefined && Number(attributes.version) < counts)
    .map(rowKeyOf)
}

/** @returns each instance whose rows are not what its commits say, as a violation */
export const checkRows = (ledger: Ledger, cloud: Cloud, now: number): readonly string[] => {
  const held = [...ledger.rows()]
  if (held.length === 0) return []
  // It waits in a stash, or was given up.
  const waiting = [...ledger.messages()].filter(({ type, applied }) => type === sweepType && applied === 0)
  const sweeping = new Set(waiting.map(({ receiver }) => receiver))
  return held.flatMap(([receiver, rows]) => {
    // What a queue forgot may have been the message that would have had the rest done.
    if (ledger.hasForgotten(receiver)) return []
    const { process = '', instance = '' } = parseAddress(receiver) ?? {}
    const { table, process: of } = cloud.process(process)
    const left = leftBehind(table, instance, now)
    const isSwept = left.length === 0 || sweeping.has(receiver)
    const unswept = isSwept ? [] : [`I5: ${receiver} has ended, and nobody swept its rows ${left.join()}`]
    const found = [...rowsIn(table, instance, now)].map(([key, value]) => [key, shown(of.rows, value)])
    const due = [...rows].sort(([a], [b]) => compareKeys(a, b))
    return isDeepStrictEqual(found, due)
      ? unswept
      : [`I1: the table has ${JSON.stringify(found)} as rows of ${receiver}, and its commits say ${JSON.stringify(due)}`]
  })
}
