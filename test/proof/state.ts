// What a proof has done so far, in a file, so that it can go on another day.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { noSums, type Sums } from './job.ts'

export interface Progress {
  /** First seeds of the jobs that are done; each is of `chunkSeeds`. */
  readonly done: Set<number>
  readonly sums: Sums
  /** Of earlier runs. */
  readonly secondsBefore: number
}

/** Seeds that one job runs. */
export const chunkSeeds = 50

/** @throws Error if the file is of a proof that counts from another seed, or of other faults than the code knows */
export const readProgress = (file: string | undefined, from: number): Progress => {
  const fresh: Progress = { done: new Set(), sums: noSums(), secondsBefore: 0 }
  if (file === undefined || !existsSync(file)) return fresh
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept
  const known = Object.keys(fresh.sums.faults).join()
  if (kept.from !== from || kept.chunkSeeds !== chunkSeeds || Object.keys(kept.sums.faults).join() !== known)
    throw new Error(`${file} is of another proof (from seed ${kept.from}): name another file`)
  return { done: new Set(kept.done), sums: kept.sums, secondsBefore: kept.seconds }
}

interface Kept {
  readonly from: number
  readonly chunkSeeds: number
  readonly done: readonly number[]
  readonly sums: Sums
  readonly seconds: number
}

export const writeProgress = (file: string, from: number, { done, sums }: Progress, seconds: number): void => {
  const kept: Kept = { from, chunkSeeds, done: [...done], sums, seconds }
  writeFileSync(`${file}.new`, JSON.stringify(kept))
  renameSync(`${file}.new`, file)
}
