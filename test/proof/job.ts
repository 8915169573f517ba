// What a worker of the proof is asked to do, and what it answers. Jobs are plain data: they go to threads.
import { type FaultCounts, faultClasses, noCounts } from '../../lib/sim/faults.ts'
import { exploreAll } from '../sim/exhaustive.ts'
import { naiveRuntime } from '../sim/naive-runtime.ts'
import { loadMutant } from './mutant.ts'
import { mutants } from './mutants.ts'
import { runWorld, type WorkloadName } from './workloads.ts'

export type Job =
  /** Worlds of these seeds with the runtime as it is, or with one as most teams write it first. */
  | { readonly kind: 'seeds'; readonly from: number; readonly count: number; readonly naive: boolean }
  /** The first of these seeds at which a planted bug shows. */
  | {
      readonly kind: 'mutant'
      readonly name: string
      readonly from: number
      readonly count: number
      /** Where it showed when it was hunted last: tried before all others. */
      readonly known?: number
    }
  /** A small world with so many faults, every way it can go. */
  | { readonly kind: 'exhaustive' }

/** Sums over worlds. */
export interface Sums {
  seeds: number
  messages: number
  commits: number
  /** Messages that were kept as failed, by right. */
  failed: number
  faults: FaultCounts
  /** Broken claims, all of them; the first ones as text with their seed. */
  violations: number
  shown: { readonly seed: number; readonly workload: string; readonly text: string }[]
}

export type Answer =
  | { readonly kind: 'seeds'; readonly sums: Sums }
  /** `seed`: where it showed, undefined if it did not; `violation` is then empty, or says why that was not to be seen. */
  | { readonly kind: 'mutant'; readonly name: string; readonly seed: number | undefined; readonly violation: string }
  | { readonly kind: 'exhaustive'; readonly states: number; readonly violations: readonly string[] }

export const noSums = (): Sums => ({ seeds: 0, messages: 0, commits: 0, failed: 0, faults: noCounts(), violations: 0, shown: [] })

const shownMax = 20

export const addSums = (sums: Sums, more: Sums): void => {
  sums.seeds += more.seeds
  sums.messages += more.messages
  sums.commits += more.commits
  sums.failed += more.failed
  sums.violations += more.violations
  sums.shown.push(...more.shown.slice(0, shownMax - sums.shown.length))
  for (const fault of faultClasses) {
    sums.faults[fault].injected += more.faults[fault].injected
    sums.faults[fault].bit += more.faults[fault].bit
  }
}

/** Of four hundred seeds in a row, how many run which workload: small worlds mostly, since they reach most in a second. */
const mix: readonly (readonly [WorkloadName, number])[] = [
  ['orders', 10],
  ['murmur', 109],
  ['refusals', 3],
  ['program', 12],
  ['plague', 96],
  ['timers', 28],
  ['desks', 24],
  ['payments', 14],
  ['poison', 18],
  ['stops', 6],
  ['relapse', 1],
  ['wards', 1],
  ['strays', 2],
  ['halts', 4],
  ['trips', 10],
  ['perils', 1],
  ['outings', 2],
  ['squalls', 1],
  ['hibernation', 12],
  ['rows', 8],
  ['rowsGone', 6],
  ['rowsLate', 4],
  ['trouble', 8],
  ['corners', 2],
  ['latecomers', 4],
  ['shop', 2],
  ['storm', 2],
  ['shelves', 1],
  ['freight', 1],
  ['chatter', 1],
  ['steady', 2],
  ['throng', 1],
  ['rates', 2],
  ['gates', 1],
  ['services', 1],
]
const byTurn = mix.flatMap(([name, share]) => Array.from({ length: share }, () => name))

/** What a seed of the proof is asked to do; the same seed always the same. */
export const workloadOf = (seed: number): WorkloadName => byTurn[(seed * 61) % byTurn.length] ?? 'orders'

export const runJob = (job: Job): Promise<Answer> => {
  switch (job.kind) {
    case 'seeds':
      return runSeeds(job)
    case 'mutant':
      return huntMutant(job)
    case 'exhaustive':
      return exhaust()
  }
}

const runSeeds = async ({ from, count, naive }: Job & { readonly kind: 'seeds' }): Promise<Answer> => {
  const sums = noSums()
  for (let seed = from; seed < from + count; seed += 1) {
    // Without the protocol worlds of much chatter feed themselves, and never end.
    const workload = naive ? 'orders' : workloadOf(seed)
    const { world, violations } = await runWorld(workload, seed, naive ? { createRuntime: naiveRuntime } : {})
    addSums(sums, {
      seeds: 1,
      ...world.counts(),
      failed: world.failed().length,
      faults: world.faults.counts,
      violations: violations.length,
      shown: violations.map((text) => ({ seed, workload, text })),
    })
  }
  return { kind: 'seeds', sums }
}

const huntMutant = async ({ name, from, count, known }: Job & { readonly kind: 'mutant' }): Promise<Answer> => {
  const mutant = mutants.find((one) => one.name === name)
  if (mutant === undefined) throw new Error(`there is no mutant "${name}"`)
  const planted = await loadMutant(mutant)
  const all = Array.from({ length: count }, (_, n) => from + n)
  for (const seed of known === undefined ? all : [known, ...all]) {
    const [violation] = (await runWorld(mutant.workload, seed, planted)).violations
    if (violation === undefined) continue
    // What the code as it is breaks too says nothing of the planted bug.
    const { violations } = await runWorld(mutant.workload, seed)
    if (violations.length === 0) return { kind: 'mutant', name, seed, violation }
    const text = `${mutant.workload} of seed ${seed} violates without it too: ${violations.join('; ')}`
    return { kind: 'mutant', name, seed: undefined, violation: text }
  }
  return { kind: 'mutant', name, seed: undefined, violation: '' }
}

const exhaust = async (): Promise<Answer> => {
  const { states, violations } = await exploreAll({ size: 'medium' })
  return { kind: 'exhaustive', states, violations: violations.flatMap(({ claims }) => claims) }
}
