// What a proof has done so far, in a file, so that it can go on another day.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { noSums, type Sums } from './job.ts'

export interface Progress {
  /** Digest of the code that it is of. */
  readonly code: string
  /** First seeds of the jobs that are done; each is of `chunkSeeds`. */
  readonly done: Set<number>
  readonly sums: Sums
  /** Of earlier runs. */
  readonly secondsBefore: number
}

/** Seeds that one job runs. */
export const chunkSeeds = 50

const root = new URL('../../', import.meta.url)
/** What a seed's world is made of. */
const folders = ['lib/core', 'lib/ports', 'lib/runtime', 'lib/sim', 'test/sim', 'test/proof'] as const

/** Names the code: a seed that is done says nothing of another. */
const digestOfCode = (): string => {
  const hash = createHash('sha256')
  for (const folder of folders)
    for (const name of readdirSync(new URL(folder, root)).sort())
      if (name.endsWith('.ts') && !name.endsWith('.test.ts'))
        hash.update(name).update(readFileSync(new URL(`${folder}/${name}`, root)))
  return hash.digest('hex').slice(0, 16)
}

/** @throws Error if the file is of a proof that counts from another seed, or of other code */
export const readProgress = (file: string | undefined, from: number): Progress => {
  const code = digestOfCode()
  if (file === undefined || !existsSync(file)) return { code, done: new Set(), sums: noSums(), secondsBefore: 0 }
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept
  if (kept.from !== from) throw new Error(`${file} is of a proof from seed ${kept.from}: name another file`)
  if (kept.code !== code)
    throw new Error(`${file} is of other code, and says nothing of this: name another file, or check out what it was begun with`)
  return { code, done: new Set(kept.done), sums: kept.sums, secondsBefore: kept.seconds }
}

interface Kept {
  readonly code: string
  readonly from: number
  readonly done: readonly number[]
  readonly sums: Sums
  readonly seconds: number
}

/** Whoever is killed meanwhile leaves the file as it was before. */
export const writeProgress = (file: string, from: number, { code, done, sums }: Progress, seconds: number): void => {
  const kept: Kept = { code, from, done: [...done], sums, seconds }
  writeFileSync(`${file}.new`, JSON.stringify(kept))
  renameSync(`${file}.new`, file)
}
