// The bucket of a limit: what it gives, and how much at most.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { checkLimit } from '../../lib/core/deployment.ts'
import {
  type Bucket,
  blockOf,
  bucketOf,
  type Limit,
  limitedBy,
  type Rate,
  refilledAt,
  spent,
  tokensAt,
} from '../../lib/core/limit.ts'

const bucket = (rate: Rate, burst?: number) => bucketOf({ per: 'process', rate, ...(burst !== undefined && { burst }) })

/** Tokens that may be given within so long. */
const most = ({ burst, intervalMs }: Bucket, ms: number): number => burst + ms / intervalMs + 1e-3

describe('a rate', () => {
  test('is so many messages in so long, and as many at once unless told otherwise', () => {
    expect(bucket('100/1s')).toEqual({ intervalMs: 10, burst: 100 })
    expect(bucket('5/15m')).toEqual({ intervalMs: 180_000, burst: 5 })
    expect(bucket('60/1 minute', 3)).toEqual({ intervalMs: 1000, burst: 3 })
  })

  test.each(['100', '0/1s', '/1s', '1/fortnight', '-1/1s'])('%s is none', (rate) => {
    expect(() => bucket(rate as Rate)).toThrow(/illegal-(rate|duration)/)
  })
})

describe('a bucket', () => {
  test('begins full, and gives a token back each interval', () => {
    const three = bucket('3/3s')
    expect(tokensAt(three, undefined, 1000)).toBe(3)
    const paid = spent(three, undefined, 1000, 3)
    expect(tokensAt(three, paid, 1000)).toBe(0)
    expect(tokensAt(three, paid, 1999)).toBe(0)
    expect(tokensAt(three, paid, 2000)).toBe(1)
    expect(refilledAt(three, paid)).toBe(2000)
    expect(refilledAt(three, paid, 3)).toBe(4000)
    expect(tokensAt(three, paid, 100_000)).toBe(3)
  })

  test('gives in no time more than its burst and what came in since, however it is asked', () => {
    const taking = fc.array(fc.record({ wait: fc.integer({ min: 0, max: 3000 }), ask: fc.integer({ min: 1, max: 9 }) }), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(taking, fc.integer({ min: 1, max: 13 }), fc.integer({ min: 1, max: 20 }), (times, count, burst) => {
        const seven = bucketOf({ per: 'process', rate: `${count}/1s`, burst })
        let now = 5_000_000
        let paid: number | undefined
        const given: number[] = []
        for (const { wait, ask } of times) {
          now += wait
          const tokens = Math.min(ask, tokensAt(seven, paid, now))
          if (tokens === 0) continue
          paid = spent(seven, paid, now, tokens)
          for (let n = 0; n < tokens; n += 1) given.push(now)
        }
        expect(given.flatMap((from, n) => given.slice(n).filter((to, m) => m + 1 > most(seven, to - from)))).toEqual([])
      }),
    )
  })

  test('that a clock ahead has taken from gives nothing to one behind until it has caught up', () => {
    const one = bucket('1/1s')
    const paid = spent(one, undefined, 60_000)
    expect(tokensAt(one, paid, 1000)).toBe(0)
    expect(refilledAt(one, paid)).toBe(61_000)
  })

  test('is shared out in tenths', () => {
    expect(blockOf(bucket('100/1s'))).toBe(10)
    expect(blockOf(bucket('3/1s'))).toBe(1)
  })
})

describe('whose rate a message counts for', () => {
  const by = (per: Limit['per'], body: unknown = {}) => limitedBy({ per, rate: '1/1s' }, 'acme/42', body)
  test('is said by the instance, its tenant, the process or a field of the body', () => {
    expect(by('instance')).toBe('acme/42')
    expect(by('tenant')).toBe('acme')
    expect(by('process')).toBe('')
    expect(by({ body: 'customer' }, { customer: 'ada' })).toBe('ada')
    expect(by({ body: 'customer' }, { customer: 7 })).toBe('7')
  })

  test('is nobody’s where the body does not say', () => {
    expect(by({ body: 'customer' })).toBeUndefined()
    expect(by({ body: 'customer' }, { customer: { id: 1 } })).toBeUndefined()
    expect(by({ body: 'customer' }, null)).toBeUndefined()
  })
})

describe('an app refuses', () => {
  test.each([
    [{ per: 'tenant', rate: '1/2h' }, 'below one message an hour'],
    [{ per: 'tenant', rate: '10/1s', burst: 0 }, 'burst must be a whole number'],
    [{ per: 'tenant', rate: '10/1s', burst: 1.5 }, 'burst must be a whole number'],
    [{ per: 'tenant', rate: '0/1s' }, 'illegal-rate'],
  ] satisfies [Limit, string][])('%j', (limit, words) => {
    expect(() => checkLimit('mail', limit)).toThrow(words)
  })
})
