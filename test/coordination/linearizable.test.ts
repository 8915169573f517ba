// The checker is checked: on histories that are linearizable, and on some that are not.
import { describe, expect, test } from '@jest/globals'
import type { Operation } from './history.ts'
import { leaseModel, linearize, registerModel } from './linearizable.ts'

const model = registerModel('a')
const read = (process: string, [call, end]: [number, number | null], version: number, value: string): Operation => ({
  process,
  op: 'Read',
  value: { request: {}, reply: { version, value } },
  call,
  return: end,
})
const set = (
  process: string,
  [call, end]: [number, number | null],
  version: number,
  value: string,
  reply?: object,
): Operation => ({
  process,
  op: 'CompareAndSet',
  value: { request: { version, value }, ...(reply && { reply }) },
  call,
  return: end,
})
const was = (version: number) => ({ set: true, version })
const refused = (version: number, value: string) => ({ set: false, version, value })

describe('a history is linearizable', () => {
  test.each<[string, Operation[]]>([
    ['that is empty', []],
    ['of a read while it is set, with the old value', [set('p', [0, 10], 0, 'b', was(1)), read('q', [5, 7], 0, 'a')]],
    ['of a read while it is set, with the new value', [set('p', [0, 10], 0, 'b', was(1)), read('q', [5, 7], 1, 'b')]],
    ['of two that set at once, one refused', [set('p', [0, 9], 0, 'b', was(1)), set('q', [0, 9], 0, 'c', refused(1, 'b'))]],
    ['of one without an answer that was done', [set('p', [0, null], 0, 'b'), read('q', [50, 60], 1, 'b')]],
    ['of one without an answer that was never done', [set('p', [0, null], 0, 'b'), read('q', [50, 60], 0, 'a')]],
    [
      'of one without an answer that was done between two reads',
      [set('p', [0, null], 0, 'b'), read('q', [5, 6], 0, 'a'), read('q', [7, 8], 1, 'b')],
    ],
  ])('%s', (_, history) => {
    expect(linearize(history, model)).toBeDefined()
  })

  test('in an order that obeys its times', () => {
    const history = [read('q', [20, 30], 1, 'b'), set('p', [0, 10], 0, 'b', was(1))]
    expect(linearize(history, model)?.map(({ process }) => process)).toEqual(['p', 'q'])
  })
})

describe('a history is not linearizable', () => {
  test.each<[string, Operation[]]>([
    ['of a stale read', [set('p', [0, 10], 0, 'b', was(1)), read('q', [11, 12], 0, 'a')]],
    ['of a read from the future', [read('q', [0, 5], 1, 'b'), set('p', [6, 10], 0, 'b', was(1))]],
    ['of a value that nobody set', [read('q', [0, 5], 1, 'z')]],
    ['of two that both set the same version', [set('p', [0, 9], 0, 'b', was(1)), set('q', [0, 9], 0, 'c', was(1))]],
    ['of a refusal without a reason', [set('p', [0, 9], 0, 'b', refused(0, 'a'))]],
    [
      'of reads that go back while it is set',
      [set('p', [0, 10], 0, 'b', was(1)), read('q', [1, 2], 1, 'b'), read('r', [3, 4], 0, 'a')],
    ],
    [
      'of one without an answer that was undone',
      [set('p', [0, null], 0, 'b'), read('q', [5, 6], 1, 'b'), read('q', [7, 8], 0, 'a')],
    ],
  ])('%s', (_, history) => {
    expect(linearize(history, model)).toBeUndefined()
  })
})

test('a hundred operations at once are judged in no time', () => {
  const history = Array.from({ length: 100 }, (_, n) => set(`p${n}`, [0, 1000], n, `v${n}`, was(n + 1)))
  expect(linearize(history, model)).toHaveLength(100)
})

describe('a history of a lease', () => {
  const asked = (holder: string, [call, end]: [number, number], op: string, request: object, reply: object): Operation => ({
    process: holder,
    op,
    value: { request: { holder, ...request }, reply },
    call,
    return: end,
  })
  const got = (holder: string, times: [number, number], token: number) =>
    asked(holder, times, 'Acquire', {}, { held: true, token, ttl: 9 })
  const renewed = (holder: string, times: [number, number], token: number) => asked(holder, times, 'Renew', { token }, { ttl: 9 })

  test('is linearizable where one holds it after the other', () => {
    expect(linearize([got('a', [0, 1], 5), renewed('a', [2, 3], 5), got('b', [4, 5], 6)], leaseModel)).toBeDefined()
  })

  test.each<[string, Operation[]]>([
    ['a token comes twice', [got('a', [0, 1], 5), got('b', [2, 3], 5)]],
    ['tokens go down', [got('a', [0, 1], 5), got('b', [2, 3], 4)]],
    ['one renews after another has got it', [got('a', [0, 1], 5), got('b', [2, 3], 6), renewed('a', [4, 5], 5)]],
    [
      'one renews what it gave back',
      [got('a', [0, 1], 5), asked('a', [2, 3], 'Release', { token: 5 }, { released: true }), renewed('a', [4, 5], 5)],
    ],
  ])('is not where %s', (_, history) => {
    expect(linearize(history, leaseModel)).toBeUndefined()
  })
})
