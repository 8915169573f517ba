// How many instances the cache has, and which of them a key belongs to.
import { hash } from 'node:crypto'

/** Instances `cache/0`, `cache/1`, … : raise it, and deploy who uses the cache (docs/scaling.md). */
export const instances = 4
/** What each of them keeps at most, bytes. */
export const bytesMax = 32_000_000

/**
 * The instance that a key belongs to: of all it is the one with the highest score for this key. So one more takes its share, a key in
 * n + 1, from all others evenly, and moves nothing between them.
 * Source: Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998 (rendezvous, or highest random weight, hashing).
 * @param count integer ≥ 1
 */
export const instanceOf = (key: string, count: number): string => {
  let best = '0'
  let most = ''
  for (let n = 0; n < count; n += 1) {
    const score = hash('sha256', `${n} ${key}`, 'hex')
    if (score > most) {
      most = score
      best = `${n}`
    }
  }
  return best
}

/** All instances by id. */
export const instanceIds = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `${n}`)
