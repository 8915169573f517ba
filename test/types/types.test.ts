// What the types give to those who write processes, and what they refuse, with which words and at what cost.
import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { countInstantiations, type Diagnostic, diagnose } from './compiler.ts'

/** The lines of a fixture that must be refused, with what the message must hold. */
const expectations = (file: string): readonly { readonly line: number; readonly text: string }[] =>
  readFileSync(new URL(`./refused/${file}`, import.meta.url), 'utf8')
    .split('\n')
    .flatMap((line, n) => {
      const text = line.split('// expect: ')[1]
      return text === undefined ? [] : [{ line: n + 1, text }]
    })

const refused = readdirSync(new URL('./refused/', import.meta.url)).map((file) => ({ file, expected: expectations(file) }))
let diagnostics: readonly Diagnostic[] = []

beforeAll(async () => {
  diagnostics = await diagnose('tsconfig.json')
}, 60_000)

const at = (file: string, line: number): string =>
  diagnostics
    .filter((one) => one.file === `test/types/refused/${file}` && one.line === line)
    .map(({ message }) => message)
    .join('\n')

describe.each(refused)('the compiler refuses what cannot work in $file', ({ file, expected }) => {
  test.each(expected)('line $line: $text', ({ line, text }) => {
    expect(at(file, line)).toContain(text)
  })

  test('and nothing else', () => {
    const lines = expected.map(({ line }) => line)
    const others = diagnostics.filter((one) => one.file === `test/types/refused/${file}` && !lines.includes(one.line))
    expect(others).toEqual([])
  })
})

test('handlers, answers and flows infer body, state, context, reply and view from contract and schemas, with zod and valibot', () => {
  expect(diagnostics.filter(({ file }) => !file.startsWith('test/types/refused/'))).toEqual([])
})

test('three processes cost the compiler at most 8,000 instantiations beyond their schemas and the sources of the library', async () => {
  const [baseline, processes] = await Promise.all([
    countInstantiations('budget/baseline.json'),
    countInstantiations('budget/processes.json'),
  ])
  expect(processes - baseline).toBeLessThanOrEqual(8_000)
}, 60_000)
