// How a row of a CSV or JSON-lines file becomes a document.
import type { Document } from './collection.ts'
import { productOf } from './products.ts'

export interface RowFormat {
  /** The column that has the key. Without it a row is `{ "key": …, "document": { … } }`, as an export writes it. */
  readonly key?: string
  /** Columns of a CSV file that have numbers. */
  readonly numbers?: readonly string[]
  /** Rows are order lines of the "Online Retail" data set, and become products. */
  readonly onlineRetail?: boolean
}

type Fields = { readonly [column: string]: unknown }

/** @throws Error that says what the row lacks */
export const documentIn = (
  fields: Fields,
  { key, numbers = [], onlineRetail = false }: RowFormat,
): { readonly key: string; readonly document: Document } => {
  if (onlineRetail) return productOf(fields)
  if (key === undefined) {
    const { key, document } = fields
    if (typeof key === 'string' && typeof document === 'object' && document !== null) return { key, document: { ...document } }
    throw new Error('a row is { "key": …, "document": { … } }, or --key names the column of the key')
  }
  const { [key]: found, ...rest } = fields
  if (typeof found !== 'string' && typeof found !== 'number')
    throw new Error(`the column ${key} has no key: ${JSON.stringify(found)}`)
  const filled = Object.entries(rest).filter(([, value]) => value !== '')
  const document = filled.map(([name, value]) => [name, numbers.includes(name) ? numberIn(name, value) : value] as const)
  return { key: String(found), document: Object.fromEntries(document) }
}

const numberIn = (name: string, value: unknown): number => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
  if (Number.isNaN(number)) throw new Error(`the column ${name} is ${JSON.stringify(value)}: not a number`)
  return number
}
