// What `gavotte inspect` says of the rows of an instance: the first, and how many there are where they are few.

import type { InstanceRecord } from '../core/record.ts'
import { rowKeyOf, rowsAfter } from '../core/row.ts'
import type { Item, Store } from '../ports/store.ts'

/** Rows that are shown, and items that are read for it. */
const shownMax = 10
const readMax = 100
const textMax = 100

export interface RowsSeen {
  /** At most as many as are read at once. */
  readonly count: number
  readonly more: boolean
  readonly first: readonly { readonly key: string; readonly value: unknown }[]
}

/** Undefined if it has none. */
export const rowsOf = async (store: Store, { instance, state, rowsFrom }: InstanceRecord): Promise<RowsSeen | undefined> => {
  if (state === undefined) return undefined
  const { from, to } = rowsAfter()
  const found: Item[] = []
  let read = 0
  for await (const item of store.range(instance, from, to, { atOnce: readMax })) {
    // What is deleted has no value; what an earlier life has left does not count.
    if (item.attributes.value !== undefined && Number(item.attributes.version) >= rowsFrom) found.push(item)
    if (++read === readMax) break
  }
  if (found.length === 0 && read < readMax) return undefined
  const first = found.slice(0, shownMax).map((item) => ({
    key: rowKeyOf(item),
    value: JSON.parse(String(item.attributes.value)) as unknown,
  }))
  return { count: found.length, more: read === readMax, first }
}

export const rowLines = (rows: RowsSeen | undefined): readonly string[] => {
  if (rows === undefined) return []
  const { count, more, first } = rows
  const shown = (value: unknown): string => {
    const text = JSON.stringify(value)
    return text.length > textMax ? `${text.slice(0, textMax).toWellFormed()}…` : text
  }
  return [
    `rows      ${more ? `${count} or more` : count}${count > first.length ? `, the first ${first.length}:` : ':'}`,
    ...first.map(({ key, value }) => `  ${key} ${shown(value)}`),
  ]
}
