// What a handler does with rows, written down as it does it.
import type { Rows } from '../core/context.ts'
import type { RowQuery } from '../core/row.ts'
import type { Schema } from '../core/schema.ts'
import { type RowDeed, shown } from './row-book.ts'

/** Rows whose use is told to `did`; as it was asked for, since what a handler writes later a read does not show. */
export const watchedRows = (
  rows: Rows<unknown, unknown>,
  schema: Schema | undefined,
  did: (deed: RowDeed) => void,
): Rows<unknown, unknown> => {
  const reading = (key: string): RowDeed & { readonly kind: 'get' } => {
    const deed: RowDeed & { readonly kind: 'get' } = { kind: 'get', key }
    did(deed)
    return deed
  }
  return {
    get: (key) => {
      const deed = reading(key)
      return rows.get(key).then((value) => {
        deed.found = { value: copied(value) }
        return value
      })
    },
    getAll: (keys) => {
      const deeds = keys.map(reading)
      return rows.getAll(keys).then((values) => {
        for (const [n, deed] of deeds.entries()) deed.found = { value: copied(values[n]) }
        return values
      })
    },
    range: (query: RowQuery = {}) => {
      const deed: RowDeed & { readonly kind: 'range' } = { kind: 'range', query: { ...query } }
      did(deed)
      return rows.range(query).then((found) => {
        deed.found = copied(found)
        return found
      })
    },
    put: (key, value) => {
      rows.put(key, value)
      did({ kind: 'put', key, value: shown(schema, copied(value)) })
    },
    delete: (key) => {
      rows.delete(key)
      did({ kind: 'delete', key })
    },
  }
}

// Rows are JSON. A structured clone would have the prototypes of another realm in test runners that make one, and equal nothing from this.
const copied = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T))
