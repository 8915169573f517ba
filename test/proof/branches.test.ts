import { expect, test } from '@jest/globals'
import { branchesOf, ranAt } from './branches.ts'

const text = `
export const sign = (n) => {
  if (n < 0) return -1
  return n > 0 ? 1 : 0
}
try { sign(1) } catch { sign(0) }
export const either = sign(1) ?? 2
`

test('branches are what may be left out: after an if, arms of ?:, right sides, cases, catches, bodies of functions', () => {
  const at = branchesOf('sign.js', text).map((offset) => text.slice(offset).split('\n')[0])
  expect(at).toEqual(['{', 'return -1', '1 : 0', '0', 'sign(0) }', '2'])
})

test('the innermost range says whether a place ran', () => {
  const ranges = [
    { startOffset: 0, endOffset: 100, count: 1 },
    { startOffset: 20, endOffset: 50, count: 0 },
    { startOffset: 30, endOffset: 40, count: 2 },
  ]
  expect([10, 25, 35, 45, 60, 200].map((offset) => ranAt(ranges, offset))).toEqual([true, false, true, false, true, false])
})
