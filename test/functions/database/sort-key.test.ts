import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  after,
  compareBytes,
  documentKey,
  encodePrefix,
  encodeScalar,
  entryKey,
  type Scalar,
} from '../../../functions/database/sort-key.ts'

const bytes = (a: string, b: string): number => Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)))
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\u0000', '\u0001', '\u0002', '\u0003', 'a', '\ud7ff', '\ue000'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
})
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constantFrom(0, -0, 0.1, -0.1))
const key = fc.string({ unit: 'grapheme', minLength: 1 }).filter((one) => !/\p{Control}/u.test(one))

describe('byte order is value order', () => {
  test.each([
    ['numbers', number, (a: number, b: number) => Math.sign(a - b)],
    ['texts', text, bytes],
    ['booleans', fc.boolean(), (a: boolean, b: boolean) => Number(a) - Number(b)],
  ] as const)('of %s', (_, values, compare) => {
    fc.assert(
      fc.property(values as fc.Arbitrary<Scalar>, values as fc.Arbitrary<Scalar>, (a, b) => {
        expect(bytes(encodeScalar(a), encodeScalar(b))).toBe((compare as (a: Scalar, b: Scalar) => number)(a, b) + 0)
      }),
      { numRuns: 1000 },
    )
  })

  test('of values of several kinds: null, false, true, numbers, texts', () => {
    const values = [null, false, true, -1e300, -2, -0.5, 0, 5e-324, 1, 2, 10, 1e300, '', '1', 'a', 'ab', 'b', 'é', '\uffff', '😀']
    expect(values.map(encodeScalar).toSorted(bytes)).toEqual(values.map(encodeScalar))
  })

  test('of entries: by value first, then by key', () => {
    fc.assert(
      fc.property(text, text, key, key, (a, b, one, other) => {
        expect(bytes(entryKey(a, one), entryKey(b, other))).toBe(bytes(a, b) || bytes(one, other))
      }),
      { numRuns: 1000 },
    )
  })
})

test('an entry tells the key of its document, whatever its value', () => {
  fc.assert(fc.property(text, key, (value, one) => expect(documentKey(entryKey(value, one))).toBe(one)))
})

test('texts that begin alike lie together', () => {
  fc.assert(
    fc.property(text, text, (prefix, one) => {
      const begins = encodePrefix(prefix)
      expect(encodeScalar(one).startsWith(begins)).toBe(one.startsWith(prefix) && one.isWellFormed())
      expect(encodeScalar(prefix + one).startsWith(begins)).toBe(true)
    }),
  )
})

test('nothing lies between a text and the one after it', () => {
  expect(after('a')).toBe('a\u0000')
})

test('texts are compared as their bytes are', () => {
  fc.assert(
    fc.property(text, text, (a, b) => expect(Math.sign(compareBytes(a, b))).toBe(bytes(a, b))),
    { numRuns: 1000 },
  )
})
