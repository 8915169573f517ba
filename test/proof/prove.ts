// The proof whole: seeds of faults, planted bugs, small worlds to the last branch, and a handler without the protocol beside it.
import { type Answer, addSums, type Job, noSums } from './job.ts'
import type { Mutant } from './mutant.ts'
import type { Results } from './report.ts'
import { chunkSeeds, readProgress, writeProgress } from './state.ts'
import { runJobs } from './workers.ts'

export interface ProveOptions {
  /** Rounded up to whole jobs of `chunkSeeds`. */
  readonly seeds: number
  /** The first. */
  readonly from: number
  readonly threads: number
  /** How many of them the handler without the protocol runs too. */
  readonly naiveSeeds: number
  /** Planted bugs that must be found. */
  readonly mutants: readonly Mutant[]
  /** Where they showed when they were hunted last, by name; tried first. Without it each is hunted from seed 1. */
  readonly known?: { readonly [name: string]: number }
  /** Whether the small worlds are explored too. */
  readonly exhaustive: boolean
  /** A file that keeps what is done. */
  readonly resume?: string
}

/** Shows how far one part of the proof is. */
export type Look = (what: string, total: number) => { readonly more: (count: number) => void; readonly end: () => void }

/** Seeds in which each planted bug must show; most do in the first few. */
const mutantSeedsMax = 400

export const prove = async (options: ProveOptions, look: Look): Promise<Results> => {
  const { seeds, from, threads, naiveSeeds, mutants, known = {}, exhaustive, resume } = options
  const began = performance.now()
  const progress = readProgress(resume, from)
  const broken: string[] = []
  const elapsed = (): number => progress.secondsBefore + (performance.now() - began) / 1000
  const part = async (what: string, jobs: readonly Job[], answered: (answer: Answer, job: Job) => void): Promise<void> => {
    const bar = look(what, jobs.length)
    try {
      await runJobs(jobs, threads, (answer, job) => {
        answered(answer, job)
        bar.more(1)
      })
    } finally {
      bar.end()
    }
  }

  const mutantsFound: Results['mutants'][number][] = []
  let exhaustiveStates = 0
  const hunts = mutants.map(
    ({ name }): Job => ({
      kind: 'mutant',
      name,
      from: 1,
      count: mutantSeedsMax,
      ...(known[name] !== undefined && { known: known[name] }),
    }),
  )
  await part('planted bugs', exhaustive ? [{ kind: 'exhaustive' }, ...hunts] : hunts, (answer) => {
    switch (answer.kind) {
      case 'mutant':
        return mutantsFound.push({
          name: answer.name,
          seed: answer.seed,
          seeds: answer.seed ?? mutantSeedsMax,
          violation: answer.violation,
        })
      case 'exhaustive':
        exhaustiveStates = answer.states
        return broken.push(...answer.violations)
      case 'seeds':
        return undefined
    }
  })

  const left = chunksOf(from, seeds, false).filter((job) => !progress.done.has(job.from))
  await part('seeds', left, (answer, job) => {
    if (answer.kind !== 'seeds') return
    addSums(progress.sums, answer.sums)
    if (job.kind === 'seeds') progress.done.add(job.from)
    if (resume !== undefined) writeProgress(resume, from, progress, elapsed())
  })

  const naive = noSums()
  await part('without the protocol', chunksOf(from, Math.min(seeds, naiveSeeds), true), (answer) => {
    if (answer.kind === 'seeds') addSums(naive, answer.sums)
  })
  return { sums: progress.sums, mutants: mutantsFound, naive, exhaustiveStates, exhaustiveViolations: broken, seconds: elapsed() }
}

const chunksOf = (from: number, seeds: number, naive: boolean) =>
  Array.from(
    { length: Math.ceil(seeds / chunkSeeds) },
    (_, n) => ({ kind: 'seeds', from: from + n * chunkSeeds, count: chunkSeeds, naive }) as const,
  )
