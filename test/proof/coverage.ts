// What the worlds of the proof reach: branches of lib/core and lib/runtime that ran, and pairs of fault classes that both bit in one run.
import { Worker } from 'node:worker_threads'
import type { Look } from './prove.ts'

export interface Reach {
  /** How many ran. */
  readonly branches: number
  /** Those that did not: `lib/core/hop.ts:12  the line`. */
  readonly missed: readonly string[]
  /** How many met. */
  readonly pairs: number
  /** Those that did not: `crash zombie`. */
  readonly apart: readonly string[]
}

export interface Coverage {
  readonly seeds: number
  /** All there are. */
  readonly branches: number
  readonly pairs: number
  /** Claims that a world broke, with its seed. */
  readonly violations: readonly string[]
  /** Of the generated programs alone. */
  readonly programs: Reach
  /** Of these and as many seeds of the mix of all workloads. */
  readonly all: Reach
}

export interface CoverageTask {
  readonly from: number
  readonly seeds: number
  /** Seeds after which it says that it goes on. */
  readonly every: number
}
export type CoverageTold = { readonly kind: 'more' } | { readonly kind: 'covered'; readonly coverage: Coverage }

const every = 10

/** Runs so many seeds of generated programs, then as many of the mix, one after the other. @throws whatever a world throws */
export const cover = async (
  { from, seeds }: { readonly from: number; readonly seeds: number },
  look: Look,
): Promise<Coverage> => {
  const bar = look('coverage', 2 * Math.floor(seeds / every))
  const worker = new Worker(new URL('./coverage-worker.ts', import.meta.url), {
    workerData: { from, seeds, every } satisfies CoverageTask,
  })
  try {
    return await new Promise((resolve, reject) => {
      worker.on('error', reject)
      worker.on('message', (told: CoverageTold) => {
        if (told.kind === 'more') bar.more(1)
        else resolve(told.coverage)
      })
    })
  } finally {
    bar.end()
    await worker.terminate()
  }
}

const share = (part: number, whole: number): string => `${part} of ${whole} (${((100 * part) / whole).toFixed(1)} %)`
const listed = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)]

/** As text: the figures, then every blind spot by file and line. */
export const coverageText = ({ seeds, branches, pairs, violations, programs, all }: Coverage): string => {
  const blind = new Set(all.missed)
  return [
    `                                          ${`programs, ${seeds} seeds`.padEnd(24)}and ${seeds} of all worlds`,
    `branches of lib/core and lib/runtime      ${share(programs.branches, branches).padEnd(24)}${share(all.branches, branches)}`,
    `pairs of fault classes felt in one run    ${share(programs.pairs, pairs).padEnd(24)}${share(all.pairs, pairs)}`,
    ...listed('reached by no world', all.missed),
    ...listed(
      'reached by other worlds, but no program',
      programs.missed.filter((spot) => !blind.has(spot)),
    ),
    ...listed('never felt in one run', all.apart),
    ...listed('violations', violations),
  ].join('\n')
}

/** @returns one line of JSON */
export const coverageLine = ({ seeds, branches, pairs, violations, programs, all }: Coverage): string =>
  JSON.stringify({
    seeds,
    violations: violations.length,
    branches: { programs: programs.branches, all: all.branches, total: branches },
    pairs: { programs: programs.pairs, all: all.pairs, total: pairs },
    missed: all.missed.map((spot) => spot.split('  ')[0]),
    apart: all.apart,
  })
