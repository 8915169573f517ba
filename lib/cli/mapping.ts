// How a row of a file becomes a message, as a small mapping in JSON says it.
import { createHash } from 'node:crypto'
import type { Posting } from '../aws/connection.ts'
import { parseAddress } from '../core/names.ts'
import { UsageError } from './failure.ts'

export type Fields = { readonly [column: string]: unknown }

export interface Mapping {
  /** Columns that it names. */
  readonly columns: readonly string[]
  /** Process and message type, where they are the same for every row. */
  readonly process?: string
  readonly type?: string
  /** @param line of the row in its file; part of the key of a row that has none */
  readonly apply: (fields: Fields, line: number) => Required<Posting>
}

/** A row that cannot become a message; its text is the reason. */
export class BadRow extends Error {}

const kinds = ['string', 'integer', 'number', 'boolean', 'pence'] as const
type Kind = (typeof kinds)[number]
type Make = (fields: Fields) => unknown

/** The mapping of a file whose rows are messages as they are. */
export const identityMapping: Mapping = {
  columns: [],
  apply: ({ to, type, key, body = {} }, line) => postingOf({ to, type, key, body }, line),
}

/** @throws UsageError with the place of the fault */
export const parseMapping = (json: unknown): Mapping => {
  if (!isRecord(json)) throw fault('', 'a mapping is an object with "to", "type", "body" and perhaps "key"')
  const { to, type, key, body = {}, ...rest } = json
  const odd = Object.keys(rest)[0]
  if (odd !== undefined) throw fault(odd, 'a mapping has "to", "type", "body" and perhaps "key"')
  if (typeof to !== 'string') throw fault('to', 'name the instance, as in "order/{InvoiceNo}"')
  if (typeof type !== 'string') throw fault('type', 'name the message, as in "Place"')
  const columns = new Set<string>()
  const make = { to: compile(to, 'to', columns), type: compile(type, 'type', columns), body: compile(body, 'body', columns) }
  const makeKey = key === undefined ? undefined : compile(key, 'key', columns)
  const process = /^[^{}/]+(?=\/)/.exec(to)?.[0]
  return {
    columns: [...columns],
    ...(process !== undefined && { process }),
    ...(!/[{}]/.test(type) && { type }),
    apply: (fields, line) =>
      postingOf({ to: make.to(fields), type: make.type(fields), key: makeKey?.(fields), body: make.body(fields) }, line),
  }
}

const fault = (path: string, what: string): UsageError => new UsageError(`mapping${path === '' ? '' : `, "${path}"`}: ${what}`)
const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const postingOf = ({ to, type, key, body }: Fields, line: number): Required<Posting> => {
  const address = typeof to === 'string' ? parseAddress(to) : undefined
  if (address === undefined) throw new BadRow(`"to" is ${JSON.stringify(to)}: it must be PROCESS/INSTANCE`)
  if (typeof type !== 'string' || type === '') throw new BadRow(`"type" is ${JSON.stringify(type)}: it must name a message`)
  if (key !== undefined && (typeof key !== 'string' || key === ''))
    throw new BadRow(`"key" is ${JSON.stringify(key)}: it must be a text`)
  return { ...address, type, body, key: key ?? keyOf(line, [to, type, body]) }
}

const keyOf = (line: number, message: readonly unknown[]): string =>
  `row-${line}-${createHash('sha256').update(JSON.stringify(message)).digest('hex').slice(0, 32)}`

const compile = (node: unknown, path: string, columns: Set<string>): Make => {
  if (typeof node === 'string') return template(node, columns)
  if (Array.isArray(node)) {
    const makes = node.map((one, n) => compile(one, `${path}[${n}]`, columns))
    return (fields) => makes.map((make) => make(fields))
  }
  if (!isRecord(node)) return () => node
  if ('column' in node) return column(node, path, columns)
  const makes = Object.entries(node).map(([name, one]) => [name, compile(one, `${path}.${name}`, columns)] as const)
  return (fields) => Object.fromEntries(makes.map(([name, make]) => [name, make(fields)]))
}

const template = (text: string, columns: Set<string>): Make => {
  const pattern = /\{\{|\}\}|\{([^{}]+)\}/g
  for (const [, name] of text.matchAll(pattern)) if (name !== undefined) columns.add(name)
  return (fields) =>
    text.replace(pattern, (brace: string, name?: string) => (name === undefined ? brace.slice(1) : textOf(fields, name)))
}

const column = (node: { readonly [name: string]: unknown }, path: string, columns: Set<string>): Make => {
  const { column: name, as, last, prefix, ...rest } = node
  const odd = Object.keys(rest)[0]
  if (odd !== undefined) throw fault(`${path}.${odd}`, 'a column has "as", "last" and "prefix"')
  if (typeof name !== 'string') throw fault(`${path}.column`, 'name a column')
  const kind = kinds.find((one) => one === as)
  if (as !== undefined && kind === undefined)
    throw fault(`${path}.as`, `it is ${JSON.stringify(as)}: choose one of ${kinds.join(', ')}`)
  if (last !== undefined && !(Number.isInteger(last) && (last as number) > 0))
    throw fault(`${path}.last`, 'it must be a whole number from 1')
  if (prefix !== undefined && typeof prefix !== 'string') throw fault(`${path}.prefix`, 'it must be a text')
  columns.add(name)
  return (fields) => {
    if (kind === undefined && last === undefined && prefix === undefined) return fieldOf(fields, name)
    const text = `${prefix ?? ''}${textOf(fields, name).slice(last === undefined ? 0 : -(last as number))}`
    return converted(text, kind ?? 'string', name)
  }
}

const fieldOf = (fields: Fields, name: string): unknown => {
  if (!Object.hasOwn(fields, name)) throw new BadRow(`no column "${name}" (it has ${Object.keys(fields).join(', ')})`)
  return fields[name]
}
const textOf = (fields: Fields, name: string): string => {
  const value = fieldOf(fields, name)
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new BadRow(`column "${name}" is ${JSON.stringify(value)}: it must be a text or a number here`)
}

const converted = (text: string, kind: Kind, name: string): unknown => {
  const trimmed = text.trim()
  const value = trimmed === '' ? Number.NaN : Number(trimmed)
  const odd = (what: string): BadRow => new BadRow(`column "${name}" is ${JSON.stringify(text)}: not ${what}`)
  switch (kind) {
    case 'string':
      return text
    case 'integer':
      if (!Number.isSafeInteger(value)) throw odd('an integer')
      return value
    case 'number':
      if (!Number.isFinite(value)) throw odd('a number')
      return value
    case 'pence':
      if (!Number.isFinite(value)) throw odd('an amount in pounds')
      return Math.round(value * 100)
    case 'boolean': {
      const word = trimmed.toLowerCase()
      if (!['true', 'false', 'yes', 'no', '1', '0'].includes(word)) throw odd('true or false')
      return ['true', 'yes', '1'].includes(word)
    }
  }
}
