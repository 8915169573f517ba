// What the small schemas take, and what they say of the rest.
import { expect, test } from '@jest/globals'
import { count, duration, either, flag, just, list, object, oneOf, optional, text } from '../../lib/coordination/shape.ts'
import { parse } from '../../lib/core/schema.ts'

const order = object({
  name: text,
  size: oneOf('small', 'large'),
  pieces: list(count),
  within: optional(duration),
  gift: flag,
})
const good = { name: 'tea', size: 'small', pieces: [1, 0], gift: false }

test('an object has its fields and no others; what is optional may be left out', () => {
  expect(parse(order, { ...good, more: 1 })).toEqual({ kind: 'valid', value: good })
  expect(parse(order, { ...good, within: '2m' })).toEqual({ kind: 'valid', value: { ...good, within: 120_000 } })
})

test.each([
  [{ name: '' }, 'name: must be a text of 1 to 256 characters'],
  [{ name: 'x'.repeat(257) }, 'name: must be a text'],
  [{ size: 'middling' }, 'size: must be one of small, large'],
  [{ pieces: [1, -1] }, 'pieces: must be an integer from 0'],
  [{ pieces: 1 }, 'pieces: must be a list'],
  [{ within: 0 }, 'within: must be over 0'],
  [{ within: 'soon' }, 'within: illegal-duration'],
  [{ gift: 1 }, 'gift: must be true or false'],
])('%j is not valid', (wrong, issues) => {
  expect(parse(order, { ...good, ...wrong })).toEqual({ kind: 'invalid', issues: expect.stringContaining(issues) })
})

test('one of two forms is told by what fits', () => {
  const came = either(object({ held: just(true), token: count }), object({ held: just(false) }))
  expect(parse(came, { held: true, token: 1 })).toMatchObject({ kind: 'valid' })
  expect(parse(came, { held: false })).toMatchObject({ kind: 'valid' })
  expect(parse(came, { held: true })).toMatchObject({ kind: 'invalid' })
  expect(parse(came, 7)).toEqual({ kind: 'invalid', issues: 'must be an object' })
})

test('a field that only Object.prototype has is missing', () => {
  expect(parse(object({ constructor: text }), {})).toMatchObject({ kind: 'invalid' })
})
