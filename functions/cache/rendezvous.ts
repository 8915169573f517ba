// Which instance of the cache a key belongs to.
import { hash } from 'node:crypto'

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
