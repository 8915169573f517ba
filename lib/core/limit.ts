// How fast the messages of one key may be handled: a token bucket, as data in the definition and as arithmetic on one number.
//
// The bucket is the instant `paid`: all tokens that were ever taken are paid for by then, one every `intervalMs`. What lies ahead of now
// is what is not paid yet; it never lies more than `burst` intervals ahead. So a bucket is one number that only grows, and what was taken
// between two instants can be read from it whoever took it, by whichever clock.
import type { Duration } from './duration.ts'
import { milliseconds } from './duration.ts'
import { Misconfigured } from './errors.ts'
import { tenantOf } from './names.ts'

/** `'100/1s'`, `'5/15m'`: so many messages in so long. */
export type Rate = `${number}/${Exclude<Duration, number>}`

/**
 * How fast messages of others are handled. What is over it is delayed: it comes again later, in its order, and no try of it is counted.
 * `Field`: of the bodies.
 */
export interface Limit<Field extends string = string> {
  /**
   * Who has a rate of his own. `instance`: each instance, exact and free of charge. `tenant`: all instances whose ids begin with the same
   * text up to the first `/`. `process`: all together. `{ body: 'customer' }`: by what this field of the message's body says; messages
   * without it are not limited.
   */
  readonly per: 'instance' | 'tenant' | 'process' | { readonly body: Field }
  readonly rate: Rate
  /** Most messages at once, after a rest. Default: as many as `rate` names. */
  readonly burst?: number
}

/** A limit as arithmetic takes it. */
export interface Bucket {
  /** One token comes so often, ms; may be a fraction. */
  readonly intervalMs: number
  /** Tokens that it holds, integer ≥ 1. */
  readonly burst: number
}

/** @throws Misconfigured if the rate is none */
export const bucketOf = ({ rate, burst }: Limit): Bucket => {
  const [, count = '', every = ''] = /^(\d+)\/(.+)$/.exec(rate) ?? []
  if (!(Number(count) >= 1))
    throw new Misconfigured('illegal-rate', `rate ${JSON.stringify(rate)}: write '100/1s' or '5/15m', with at least one message`)
  return { intervalMs: milliseconds(every) / Number(count), burst: burst ?? Number(count) }
}

/** Whose rate a message counts for; undefined if nobody's. */
export const limitedBy = ({ per }: Limit, instance: string, body: unknown): string | undefined => {
  if (per === 'process') return ''
  if (per === 'tenant') return tenantOf(instance)
  if (per === 'instance') return instance
  const value = (body as { readonly [name: string]: unknown } | null)?.[per.body]
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** How many tokens there are. @param paid undefined: nothing was ever taken. @param now ms since 1970 */
export const tokensAt = ({ intervalMs, burst }: Bucket, paid: number | undefined, now: number): number =>
  Math.max(0, Math.floor((now + burst * intervalMs - Math.max(paid ?? now, now)) / intervalMs + rounding))

/** The bucket without `count` tokens more. */
export const spent = ({ intervalMs }: Bucket, paid: number | undefined, now: number, count = 1): number =>
  Math.max(paid ?? now, now) + count * intervalMs

/** When there are `count` tokens again, ms since 1970. */
export const refilledAt = ({ intervalMs, burst }: Bucket, paid: number, count = 1): number => paid - (burst - count) * intervalMs

// Intervals may be fractions, whose sums are a little off.
const rounding = 1e-6

/**
 * Tokens that an environment takes at once for what instances share: one write for each of them would double the price of a hop, so it is a
 * tenth of the burst.
 */
export const blockOf = ({ burst }: Bucket): number => Math.max(1, Math.floor(burst / 10))
