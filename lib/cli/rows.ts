// The rows of a CSV or JSON-lines file, one at a time, whatever its size.
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { type CsvError, type Info, parse } from 'csv-parse'
import type { Fields } from './mapping.ts'

export interface Row {
  /** Where it ends in the file, from 1. */
  readonly line: number
  /** Bytes of the file up to its end. */
  readonly bytes: number
  /** The row, or why it is none. */
  readonly content: { readonly fields: Fields } | { readonly fault: string }
}

export const isCsv = (file: string): boolean => /\.csv$/i.test(file)

/** Always the same rows in the same order, bad ones included. */
export const readRows = (file: string): AsyncIterable<Row> => (isCsv(file) ? csvRows(file) : jsonRows(file))

async function* csvRows(file: string): AsyncIterable<Row> {
  // Without `relax_quotes` a stray quote would take the rest of the file with it.
  const options = {
    bom: true,
    columns: true,
    info: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
  }
  // A failure of either ends the iteration below with it.
  const parser = pipeline(createReadStream(file), parse(options), () => {})
  const skipped: CsvError[] = []
  parser.on('skip', (error: CsvError | undefined) => error && skipped.push(error))
  // What was skipped before a row was reported before it, so that rows are numbered the same in every run.
  function* faultsBefore(line: number): Iterable<Row> {
    for (let next = skipped[0]; next !== undefined && lineOf(next) <= line; next = skipped[0]) {
      skipped.shift()
      yield { line: lineOf(next), bytes: Number(next.bytes ?? 0), content: { fault: next.message } }
    }
  }
  for await (const { info, record } of parser as AsyncIterable<{ info: Info; record: Fields }>) {
    yield* faultsBefore(info.lines)
    yield { line: info.lines, bytes: info.bytes, content: { fields: record } }
  }
  yield* faultsBefore(Number.POSITIVE_INFINITY)
}

const lineOf = (error: CsvError): number => Number(error.lines ?? 0)

async function* jsonRows(file: string): AsyncIterable<Row> {
  let line = 0
  let bytes = 0
  for await (const text of linesIn(file)) {
    line++
    bytes += Buffer.byteLength(text) + 1
    if (text.trim() !== '') yield { line, bytes, content: parseLine(text) }
  }
}

async function* linesIn(file: string): AsyncIterable<string> {
  let rest = ''
  for await (const chunk of createReadStream(file, 'utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

const parseLine = (text: string): Row['content'] => {
  try {
    const fields: unknown = JSON.parse(text.replace(/^\ufeff/, ''))
    return typeof fields === 'object' && fields !== null && !Array.isArray(fields)
      ? { fields: fields as Fields }
      : { fault: 'not a JSON object' }
  } catch (thrown) {
    return { fault: `not JSON: ${(thrown as Error).message}` }
  }
}
