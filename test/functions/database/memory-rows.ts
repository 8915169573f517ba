// Rows in memory, for tests of what a shard does with them; counts what is read and written.
import type { Row, Rows } from '../../../functions/database/row.ts'

export interface MemoryRows extends Rows {
  readonly all: ReadonlyMap<string, Row>
  readonly counts: { gets: number; ranges: number; ranged: number; writes: number }
}

export const memoryRows = (): MemoryRows => {
  const all = new Map<string, Row>()
  const counts = { gets: 0, ranges: 0, ranged: 0, writes: 0 }
  const get = (key: string): Row | undefined => {
    counts.gets++
    return copy(all.get(key))
  }
  return {
    all,
    counts,
    get: async (key) => get(key),
    getAll: async (keys) => keys.map(get),
    put: (key, value) => {
      counts.writes++
      all.set(key, copy(value))
    },
    delete: (key) => {
      counts.writes++
      all.delete(key)
    },
    range: async ({ prefix = '', from = '', to, limit = 100, reverse = false } = {}) => {
      const keys = [...all.keys()]
        .filter((key) => key.startsWith(prefix) && bytes(key, from) >= 0 && (to === undefined || bytes(key, to) < 0))
        .sort(reverse ? (a, b) => bytes(b, a) : bytes)
      const rows = keys.slice(0, limit).map((key) => ({ key, value: copy(all.get(key) as Row) }))
      counts.ranges++
      counts.ranged += rows.length
      return { rows, ...(keys.length > limit && { cursor: 'more' }) }
    },
  }
}

const bytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
// As storage does: by JSON.
const copy = <R extends Row | undefined>(row: R): R => (row === undefined ? row : JSON.parse(JSON.stringify(row)))
