import { describe, expect, test } from '@jest/globals'
import { createTable } from '../../lib/sim/table.ts'

const at = (version: number, nonce: string) => ({ kind: 'at', version, nonce }) as const
const item = (version: number, nonce: string, more: object = {}) => ({
  pk: 'a',
  sk: 'record',
  attributes: { version, nonce, ...more },
})

describe('a table', () => {
  test('refuses a put whose condition does not hold, and shows what stands there', () => {
    const table = createTable()
    expect(table.put(item(1, 'x'), { kind: 'absent' }, 0)).toEqual({ kind: 'written' })
    expect(table.put(item(2, 'y'), { kind: 'absent' }, 0)).toEqual({ kind: 'refused', item: item(1, 'x') })
    expect(table.put(item(2, 'y'), at(1, 'other'), 0)).toMatchObject({ kind: 'refused' })
    expect(table.put(item(2, 'y'), at(1, 'x'), 0)).toEqual({ kind: 'written' })
    expect(table.put(item(3, 'z'), at(1, 'x'), 0)).toEqual({ kind: 'refused', item: item(2, 'y') })
    expect(createTable().put(item(2, 'y'), at(1, 'x'), 0)).toEqual({ kind: 'refused', item: undefined })
  })

  test('reads an expired item as absent, also in conditions and ranges', () => {
    const table = createTable()
    table.put(item(1, 'x', { expires: 10 }), undefined, 0)
    expect(table.get('a', 'record', 9_999)).toBeDefined()
    expect(table.get('a', 'record', 10_000)).toBeUndefined()
    expect(table.range('a', '', '~', 10_000)).toEqual([])
    expect([...table.items(10_000)]).toEqual([])
    expect(table.put(item(2, 'y'), { kind: 'absent' }, 10_000)).toEqual({ kind: 'written' })
  })

  test('may find an expired item where a version is expected, as long as it lies there', () => {
    for (const lingers of [true, false]) {
      const table = createTable(() => lingers)
      table.put(item(1, 'x', { expires: 10 }), undefined, 0)
      expect(table.get('a', 'record', 10_000)).toBeUndefined()
      expect(table.put(item(2, 'y'), at(1, 'x'), 10_000).kind).toBe(lingers ? 'written' : 'refused')
    }
  })

  test('lists a range of one partition, ends included, in the order of UTF-8 bytes', () => {
    const table = createTable()
    for (const sk of ['b', '\u{1f600}', 'a', '\uffee', 'c']) table.put({ pk: 'a', sk, attributes: {} }, undefined, 0)
    table.put({ pk: 'other', sk: 'b', attributes: {} }, undefined, 0)
    const keys = (from: string, to: string) => table.range('a', from, to, 0).map(({ sk }) => sk)
    expect(keys('a', 'b')).toEqual(['a', 'b'])
    expect(keys('c', '\u{10ffff}')).toEqual(['c', '\uffee', '\u{1f600}'])
  })

  test('shows in a stale read what stood before the last write', () => {
    const table = createTable()
    table.put(item(1, 'x'), undefined, 0)
    expect(table.getStale('a', 'record', 0)).toBeUndefined()
    table.put(item(2, 'y'), undefined, 0)
    expect(table.getStale('a', 'record', 0)).toEqual(item(1, 'x'))
  })

  test('keeps what was put, whatever becomes of the object that was given', () => {
    const table = createTable()
    const given = item(1, 'x')
    table.put(given, undefined, 0)
    Object.assign(given.attributes, { version: 9 })
    expect(table.get('a', 'record', 0)).toEqual(item(1, 'x'))
  })

  test('refuses an item over 400 KB', () => {
    const table = createTable()
    expect(() => table.put(item(1, 'x', { state: 'x'.repeat(409_600) }), undefined, 0)).toThrow(RangeError)
    table.put(item(1, 'x', { state: 'x'.repeat(409_000) }), undefined, 0)
  })
})
