// Rows of a cache instance in memory, in the order of their keys.
import type { Entry, Rows } from '../../functions/cache/shelf.ts'

export interface SortedRows extends Rows {
  readonly entries: ReadonlyMap<string, Entry>
}

export const sortedRows = (): SortedRows => {
  const entries = new Map<string, Entry>()
  const keys: string[] = []
  /** Of the first key that is not before this one. */
  const placeOf = (key: string): number => {
    let [low, high] = [0, keys.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((keys[middle] as string) < key) low = middle + 1
      else high = middle
    }
    return low
  }
  return {
    entries,
    get: async (key) => entries.get(key),
    put: (key, entry) => {
      if (!entries.has(key)) keys.splice(placeOf(key), 0, key)
      entries.set(key, entry)
    },
    delete: (key) => {
      if (entries.delete(key)) keys.splice(placeOf(key), 1)
    },
    range: async ({ from = '', limit }) => {
      const first = placeOf(from)
      return { rows: keys.slice(first, first + limit).map((key) => ({ key, value: entries.get(key) as Entry })) }
    },
  }
}
