// The bounds of backing off.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { backoffSeconds, backoffSecondsMax, vainSeconds, visibilitySecondsOf } from '../../lib/core/backoff.ts'

const dice = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('a delay is whole seconds from 1 to the most, whatever the attempt and the dice', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), dice, (attempt, cast) => {
      const seconds = backoffSeconds(attempt, cast)
      expect(Number.isInteger(seconds)).toBe(true)
      expect(seconds).toBeGreaterThanOrEqual(1)
      expect(seconds).toBeLessThanOrEqual(backoffSecondsMax)
    }),
  )
})

test('half of a delay is certain, and it doubles with each attempt', () => {
  expect([2, 3, 4, 5].map((attempt) => [backoffSeconds(attempt, 0), backoffSeconds(attempt, 0.999)])).toEqual([
    [2, 4],
    [4, 8],
    [8, 16],
    [16, 32],
  ])
  expect([backoffSeconds(1000, 0), backoffSeconds(1000, 0.999)]).toEqual([450, 900])
})

test('an attempt before the first is a defect', () => {
  for (const attempt of [0, -1, Number.NaN]) expect(() => backoffSeconds(attempt, 0)).toThrow(/illegal-attempt/)
})

describe('what came in vain', () => {
  const deploy = { timeoutSeconds: 10, windowSeconds: 5 }

  test('hides no longer than the visibility timeout', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), dice, (receiveCount, cast) => {
        expect(vainSeconds(receiveCount, cast, deploy)).toBeLessThanOrEqual(visibilitySecondsOf(deploy))
      }),
    )
    expect([vainSeconds(300, 0, deploy), vainSeconds(300, 0.999, deploy)]).toEqual([33, 65])
    expect(vainSeconds(300, 0.999, { ...deploy, timeoutSeconds: 900 })).toBe(backoffSecondsMax)
  })

  test('comes so rarely, once it came three hundred times, that its thousand receives outlast the week in which SQS keeps it', () => {
    const receives = Array.from({ length: 1000 }, (_, n) => vainSeconds(n + 1, 0, deploy))
    expect(receives.slice(300).every((seconds) => seconds === backoffSecondsMax)).toBe(true)
    expect(receives.reduce((sum, seconds) => sum + seconds)).toBeGreaterThan(7 * 86_400)
  })
})
