import { describe, expect, test } from '@jest/globals'
import { instanceIds } from '../../../functions/cache/contract.ts'
import { instanceOf } from '../../../functions/cache/rendezvous.ts'

const keys = Array.from({ length: 20_000 }, (_, n) => `products/${n}`)

describe.each([1, 2, 4, 9])('of %i instances', (count) => {
  test('each has its share of the keys', () => {
    const shares = new Map(instanceIds(count).map((id) => [id, 0]))
    for (const key of keys) shares.set(instanceOf(key, count), (shares.get(instanceOf(key, count)) ?? 0) + 1)
    expect(shares.size).toBe(count)
    for (const share of shares.values()) expect(Math.abs(share / keys.length - 1 / count)).toBeLessThan(0.02)
  })

  test('one more takes its share of the keys, and no key moves between the others', () => {
    const moved = keys.filter((key) => instanceOf(key, count + 1) !== instanceOf(key, count))
    expect(new Set(moved.map((key) => instanceOf(key, count + 1)))).toEqual(new Set([`${count}`]))
    expect(Math.abs(moved.length / keys.length - 1 / (count + 1))).toBeLessThan(0.02)
  })
})
