// Copies that an environment keeps for a short time, so that a busy page does not read the same thing again and again. What a page shows may
// be older than what is, by the stated bound at most; what is ordered is decided by the processes and never by a copy.
import type { Clock } from './world.ts'

interface Copy<T> {
  readonly value: Promise<T>
  readonly until: number
}

/** Most copies at once; the oldest goes first. */
const copiesMax = 5000

/**
 * Reads through copies. Those who ask while the first reads wait for it; what failed is not kept.
 * @param staleMs how old a copy may be when it is handed out
 */
export const shortCopies = <T>(
  clock: Clock,
  staleMs: number,
  read: (key: string) => Promise<T>,
): ((key: string) => Promise<T>) => {
  const copies = new Map<string, Copy<T>>()
  return (key) => {
    const now = clock.now()
    const copy = copies.get(key)
    if (copy !== undefined && now < copy.until) return copy.value
    const value = read(key)
    const kept = { value, until: now + staleMs }
    copies.delete(key)
    copies.set(key, kept)
    value.catch(() => copies.get(key) === kept && copies.delete(key))
    if (copies.size > copiesMax) copies.delete(copies.keys().next().value as string)
    return value
  }
}
