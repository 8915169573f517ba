// The hit ratio of one instance of the cache on traces from a seed, beside those of FIFO, LRU and SIEVE with as many entries, in memory.
import { fill, get, noteHits } from '../../functions/cache/look-aside.ts'
import { emptyShelf } from '../../functions/cache/shelf.ts'
import { createRandom, type Random } from '../../lib/sim/random.ts'
import { fifo, lru, type Policy, sieve } from './policies.ts'
import { sortedRows } from './sorted-rows.ts'

export interface CacheFigures {
  readonly workload: 'cache'
  /** Share of requests that were hits, by trace and policy. */
  readonly hitRatio: { readonly [trace: string]: { readonly [policy: string]: number } }
  readonly ok: boolean
}

interface Trace {
  readonly name: string
  readonly keys: Uint32Array
  readonly entriesMax: number
}

const keysMax = 20_000
const requests = 200_000
/** Environments that ask, each for its share, chosen at random. */
const environments = [1, 8, 64] as const

export const benchCache = async (): Promise<CacheFigures> => {
  const random = createRandom(1)
  const hitRatio: Record<string, Record<string, number>> = {}
  for (const trace of tracesOf(random)) {
    const ratios: Record<string, number> = {}
    for (const [name, policy] of Object.entries({ fifo, lru, sieve })) ratios[name] = played(trace, policy(trace.entriesMax))
    for (const count of environments)
      ratios[`cache, ${count} environments`] = await shelved(trace, count, random.stream(trace.name))
    hitRatio[trace.name] = ratios
  }
  return { workload: 'cache', hitRatio, ok: true }
}

/** Popularity by Zipf's law: as product pages, and flatter; a fifth of the last asks once for what nobody asks for again, as searches do. */
const tracesOf = (random: Random): readonly Trace[] =>
  [
    { exponent: 1, once: 0 },
    { exponent: 0.7, once: 0 },
    { exponent: 1, once: 0.2 },
  ].flatMap(({ exponent, once }) =>
    [0.02, 0.1].map((share) => ({
      name: `Zipf ${exponent}${once > 0 ? `, ${once * 100} % once` : ''}, room for ${share * 100} %`,
      keys: draw(random.stream(`${exponent} ${once}`), exponent, once),
      entriesMax: keysMax * share,
    })),
  )

const draw = (random: Random, exponent: number, once: number): Uint32Array => {
  const sums = new Float64Array(keysMax)
  let sum = 0
  for (let n = 0; n < keysMax; n += 1) sums[n] = sum += 1 / (n + 1) ** exponent
  const ranked = (at: number): number => {
    let [low, high] = [0, keysMax - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] as number) < at) low = middle + 1
      else high = middle
    }
    return low
  }
  return Uint32Array.from({ length: requests }, (_, n) => (random.chance(once) ? keysMax + n : ranked(random.next() * sum)))
}

const played = ({ keys }: Trace, policy: Policy): number => {
  let hits = 0
  for (const key of keys) if (policy(key)) hits += 1
  return hits / keys.length
}

/** The real instance: what an environment had, it tells with its next fill. */
const shelved = async ({ keys, entriesMax }: Trace, count: number, random: Random): Promise<number> => {
  const shelf = emptyShelf()
  const rows = sortedRows()
  const told = Array.from({ length: count }, () => new Set<string>())
  const [now, entryBytes] = [1_000_000, 1000]
  const value = (key: string): string => 'x'.repeat(entryBytes - key.length - overhead)
  let hits = 0
  for (const number of keys) {
    const key = `${number}`
    const uses = told[random.int(count)] as Set<string>
    const got = await get(shelf, rows, { key, leaseMs: 5000, now })
    if (got.kind === 'hit') {
      hits += 1
      uses.delete(key)
      uses.add(key)
      for (const oldest of uses) {
        if (uses.size <= toldMax) break
        uses.delete(oldest)
      }
    }
    if (got.kind !== 'miss') continue
    noteHits(shelf, { keys: [...uses], count: uses.size })
    uses.clear()
    const bounds = { bytesMax: entriesMax * entryBytes, entryBytesMax: entryBytes, now }
    await fill(shelf, rows, { key, lease: got.lease, value: value(key), ttlMs: 60_000 }, bounds)
  }
  if (rows.entries.size !== entriesMax) throw new Error(`${rows.entries.size} entries are kept, not ${entriesMax}`)
  return hits / keys.length
}
/** Of an entry: what the bound counts beside key and value, the value's own brackets and quotes among it. */
const overhead = 127
/** As the client tells them. */
const toldMax = 64
