import { expect, test } from '@jest/globals'
import { milliseconds } from '../../lib/core/duration.ts'

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['15m', 900_000],
  ['1 minute', 60_000],
  ['2h', 7_200_000],
  ['2 days', 172_800_000],
  [1234, 1234],
])('%s is %d ms', (duration, ms) => {
  expect(milliseconds(duration)).toBe(ms)
})

test.each(['', '5', 'soon', '-1s', '1 fortnight', -1])('%j is no duration', (duration) => {
  expect(() => milliseconds(duration)).toThrow('illegal-duration')
})
