import { expect, test } from '@jest/globals'
import { mergePatch } from '../../../functions/database/merge-patch.ts'

// Source: RFC 7396, appendix A, those whose document and patch are objects.
test.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('%j patched by %j is %j', (document, patch, patched) => {
  expect(mergePatch(document, patch)).toEqual(patched)
})

test('a patch changes no document in place, and no prototype', () => {
  const document = Object.freeze({ a: Object.freeze({ b: 1 }) })
  const patched = mergePatch(document, JSON.parse('{"a":{"c":2},"__proto__":{"odd":true}}'))
  expect(patched.a).toEqual({ b: 1, c: 2 })
  expect([document, 'odd' in patched]).toEqual([{ a: { b: 1 } }, false])
})
