// How many requests a client may make: a token bucket per address, kept by each environment for itself.
import { isIPv6 } from 'node:net'
import type { Clock } from './world.ts'

export interface Allowance {
  readonly perSecond: number
  readonly burst: number
}
interface Bucket {
  tokens: number
  at: number
}

/** Most clients that are counted at once; who was longest away is forgotten first, as one whose bucket is full again. */
const clientsMax = 10_000

/** Whose requests are counted together: an IPv4 address, or the /64 that an IPv6 host may choose its addresses from. */
export const clientOf = (address: string): string => {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter((group) => group !== '')
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter((group) => group !== '').length
  const rest = tail === undefined ? [] : [...Array<string>(missing).fill('0'), ...tail.split(':')]
  return [...groups, ...rest].slice(0, 4).join(':')
}

/** @returns takes one request of a client; 0 if it is granted, else the seconds until the next one would be, integer ≥ 1 */
export const rateLimit = (clock: Clock, { perSecond, burst }: Allowance): ((client: string) => number) => {
  const buckets = new Map<string, Bucket>()
  return (client) => {
    const now = clock.now()
    const { tokens, at } = buckets.get(client) ?? { tokens: burst, at: now }
    const filled = Math.min(burst, tokens + (Math.max(0, now - at) / 1000) * perSecond)
    const granted = filled >= 1
    buckets.delete(client)
    buckets.set(client, { tokens: granted ? filled - 1 : filled, at: now })
    if (buckets.size > clientsMax) buckets.delete(buckets.keys().next().value as string)
    return granted ? 0 : Math.max(1, Math.ceil((1 - filled) / perSecond))
  }
}
