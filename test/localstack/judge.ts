// What the results of a run mean on an emulator whose differences are known.
import { type Difference, differences } from './differences.ts'

/** One test, as jest's JSON report has it. */
export interface Result {
  readonly fullName: string
  readonly status: string
}

export interface Verdict {
  readonly passed: number
  readonly failed: number
  /** Known differences that showed, in words. */
  readonly differing: readonly string[]
  /** Known differences that did not show, though their test ran: each counts as failed, the list is to be mended. */
  readonly gone: readonly string[]
}

/** By claim. */
export const knownDifferences = (emulator: string): ReadonlyMap<string, Difference> =>
  new Map(differences.filter((one) => one.emulator === emulator).map((one) => [one.claim, one]))

export const judge = (emulator: string, results: readonly Result[]): Verdict => {
  const known = knownDifferences(emulator)
  const passed = results.filter(({ status, fullName }) => status === 'passed' && !known.has(fullName))
  const gone = results.filter(({ status, fullName }) => status === 'passed' && known.has(fullName))
  const failed = results.filter(({ status, fullName }) => status === 'failed' && !known.has(fullName))
  const differing = results.flatMap(({ status, fullName }) => (status === 'failed' ? (known.get(fullName) ?? []) : []))
  return {
    passed: passed.length,
    failed: failed.length + gone.length,
    differing: differing.map(({ claim, aws, does }) => `${claim}\n    AWS: ${aws}\n    ${emulator}: ${does}`),
    gone: gone.map(({ fullName }) => fullName),
  }
}
