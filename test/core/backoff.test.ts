// The bounds of backing off.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { backoffSeconds, backoffSecondsMax } from '../../lib/core/backoff.ts'

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
