// What a proof came to: as a table for people, and as one line for machines.
import { type FaultClass, faultClasses } from '../../lib/sim/faults.ts'
import type { Sums } from './job.ts'

export interface Found {
  readonly name: string
  readonly seed: number | undefined
  /** Seeds that were run until it showed, itself included. */
  readonly seeds: number
  readonly violation: string
}

export interface Results {
  readonly sums: Sums
  readonly mutants: readonly Found[]
  readonly naive: Sums
  /** States of small worlds that were run to the last branch. */
  readonly exhaustiveStates: number
  /** Claims that one of them broke. */
  readonly exhaustiveViolations: readonly string[]
  readonly seconds: number
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

const perMillion = ({ violations, messages }: Sums): number => Math.round((violations / Math.max(1, messages)) * 1e6)

const foundIn = (mutants: readonly Found[]) => {
  const found = mutants.filter(({ seed }) => seed !== undefined)
  const slowest = found.toSorted((a, b) => b.seeds - a.seeds)[0]
  return {
    found: found.length,
    total: mutants.length,
    medianSeeds: median(found.map(({ seeds }) => seeds)),
    slowest: slowest === undefined ? undefined : { name: slowest.name, seeds: slowest.seeds },
  }
}

/** Seeds from which on a class of faults that never bit says that nothing is proved of it. */
const bitingSeedsMin = 1000

/** Fault classes that were never felt. */
const toothless = ({ faults, seeds }: Sums): readonly FaultClass[] =>
  seeds < bitingSeedsMin ? [] : faultClasses.filter((fault) => faults[fault].bit === 0)

/** Why a proof has failed; none if it stands. */
export const failuresOf = ({ sums, mutants, exhaustiveViolations }: Results): readonly string[] => [
  ...exhaustiveViolations.map((text) => `a small world violates ${text}`),
  ...sums.shown.map(
    ({ seed, workload, text }) =>
      `seed ${seed} (${workload}) violates ${text}\n  again: npm run prove -- --from ${seed} --seeds 1\n  once it is mended, it stays in test/proof/failed-seeds.ts`,
  ),
  ...toothless(sums).map((fault) => `the fault ${fault} never bit in ${sums.seeds} seeds: the proof says nothing of it`),
  ...mutants.flatMap(({ name, seed, seeds, violation }) =>
    seed === undefined ? [`the planted bug "${name}" was not found in ${seeds} seeds${violation && `: ${violation}`}`] : [],
  ),
]

/** @returns one line of JSON */
export const lineOf = ({ sums, mutants, naive, exhaustiveStates, seconds }: Results): string =>
  JSON.stringify({
    seeds: sums.seeds,
    violations: sums.violations,
    messages: sums.messages,
    commits: sums.commits,
    faults: Object.fromEntries(
      faultClasses.map((fault) => [fault, { injected: sums.faults[fault].injected, biting: sums.faults[fault].bit }]),
    ),
    mutants: foundIn(mutants),
    exhaustiveStates,
    naive: { messages: naive.messages, violationsPerMillion: perMillion(naive) },
    seconds: Math.round(seconds),
  })

export const tableOf = ({ sums, mutants, naive, exhaustiveStates, seconds }: Results): string => {
  const rows: (readonly [string, string])[] = [
    ['seeds', number(sums.seeds)],
    ['messages', number(sums.messages)],
    ['commits', number(sums.commits)],
    ['kept as failed, by right', number(sums.failed)],
    ['violations', number(sums.violations)],
  ]
  if (sums.seeds > 0)
    for (const fault of faultClasses)
      rows.push([`  ${fault}`, `${number(sums.faults[fault].injected)} injected, ${number(sums.faults[fault].bit)} bit`])
  if (mutants.length > 0) {
    const { found, total, medianSeeds, slowest } = foundIn(mutants)
    rows.push(['planted bugs found', `${found} of ${total}, after ${medianSeeds} seeds in the middle`])
    if (slowest !== undefined) rows.push(['  the slowest', `${slowest.seeds} seeds: ${slowest.name}`])
  }
  if (exhaustiveStates > 0) rows.push(['states of small worlds, each met', number(exhaustiveStates)])
  if (naive.seeds > 0)
    rows.push([
      'violations a million messages',
      `${number(perMillion(sums))}; of a handler without the protocol ${number(perMillion(naive))}`,
    ])
  rows.push(['seconds', number(Math.round(seconds))])
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}

const number = (value: number): string => value.toLocaleString('en-US')
