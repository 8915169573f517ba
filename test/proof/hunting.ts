// A thread that is asked about planted bugs, one after the other: in which world of a trial it shows.
import { parentPort } from 'node:worker_threads'
import type { Process } from '../../lib/index.ts'
import { runSeed } from '../../lib/sim/explore.ts'
import type { ExploreOptions } from '../../lib/sim/index.ts'

/** Worlds of an app, and what must hold of them. */
export interface Trial extends Required<Pick<ExploreOptions, 'workload' | 'invariants'>> {
  readonly app: readonly Process[]
}

interface Hunt extends Pick<ExploreOptions, 'faults'> {
  /** With the bug in it. */
  readonly trial: Trial
  readonly seeds: Iterable<number>
}

/** @returns the first seed that breaks claims, and those claims; nothing if none does */
const firstBroken = async ({ trial, seeds, faults = {} }: Hunt): Promise<readonly string[]> => {
  const { app, workload, invariants } = trial
  for (const seed of seeds) {
    const world = await runSeed(app, { seeds: 1, seed, workload, faults })
    const broken = Object.entries(invariants).filter(([, holds]) => {
      const said = holds(world)
      return typeof said === 'boolean' ? !said : said.length > 0
    })
    if (broken.length > 0) return [`seed ${seed}`, ...broken.map(([claim]) => claim)]
  }
  return []
}

/** Answers each planted bug with what it breaks. A thread that throws ends. */
export const answerHunts = (huntOf: (one: never) => Promise<Hunt>): void => {
  const answer = async (one: never): Promise<void> => parentPort?.postMessage(await firstBroken(await huntOf(one)))
  parentPort?.on('message', (one) => void answer(one as never))
}
