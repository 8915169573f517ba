import { expect, test } from '@jest/globals'
import { rowSpan } from '../../lib/core/row.ts'

test.each([
  ['ab', 'row/ac'],
  ['a\u{10ffff}', 'row/b'],
  ['\ud7ff', 'row/\ue000'],
  ['\u{10ffff}', 'row0'],
  ['', 'row0'],
])('the span of a prefix ends before the first key behind all that begin with it: %j', (prefix, to) => {
  expect(rowSpan({ prefix })).toEqual({ from: `row/${prefix}`, to })
})
