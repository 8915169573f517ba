// Names of what is deployed, addresses, and what may name an instance.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { deduplicationOf, digest } from '../../lib/core/digest.ts'
import {
  address,
  demandInstanceId,
  groupOf,
  instanceIdFault,
  parseAddress,
  resourceNames,
  tenantOf,
} from '../../lib/core/names.ts'
import { draws } from '../../lib/core/random.ts'

describe('names', () => {
  test('stay within the limits of SQS and Lambda at their longest', () => {
    const names = resourceNames('a'.repeat(21), 'p'.repeat(31), 'ordered')
    expect(names.deadLetter.length).toBeLessThanOrEqual(80)
    expect(names.function.length).toBeLessThanOrEqual(64)
  })

  test('end in .fifo where the queue is ordered, and only there', () => {
    expect(resourceNames('shop', 'order', 'ordered')).toEqual({
      table: 'shop-order',
      mailbox: 'shop-order.fifo',
      deadLetter: 'shop-order-dlq.fifo',
      timer: 'shop-order-timer',
      timerDeadLetter: 'shop-order-timer-dlq',
      function: 'shop-order',
    })
    expect(resourceNames('shop', 'order', 'unordered')).toMatchObject({ mailbox: 'shop-order', deadLetter: 'shop-order-dlq' })
  })
})

describe('an address', () => {
  test('is split at its first slash', () => {
    expect(parseAddress('order/a/b')).toEqual({ process: 'order', instance: 'a/b' })
    for (const none of ['order', '/a', 'order/', '']) expect(parseAddress(none)).toBeUndefined()
  })

  test('comes back as it was', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/), fc.stringMatching(/^[!-}][!-~]{0,127}$/), (process, instance) => {
        expect(parseAddress(address(process, instance))).toEqual({ process, instance })
      }),
    )
  })
})

describe('an instance id', () => {
  test('is what a message group may be called', () => {
    for (const legal of ['42', 'a/b', '!', '{"x":1}', 'x'.repeat(128), 'constructor'])
      expect(instanceIdFault(legal)).toBeUndefined()
  })

  test.each([
    ['', /empty/],
    ['x'.repeat(129), /at most 128/],
    ['a b', /printable ASCII/],
    ['é', /printable ASCII/],
    ['a\n', /printable ASCII/],
    ['~x', /begin with ~/],
  ])('%j is refused with the reason', (id, reason) => {
    expect(instanceIdFault(id)).toMatch(reason)
    expect(() => demandInstanceId(id)).toThrow(/illegal-instance-id/)
  })
})

describe('derived chance', () => {
  test('digests and deduplication ids are short, and bound to what they name', () => {
    expect([digest('a'), deduplicationOf('a', 'b')]).toEqual([
      expect.stringMatching(/^[0-9a-f]{16}$/),
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ])
    expect(new Set([deduplicationOf('a', 'b'), deduplicationOf('b', 'a'), deduplicationOf('a', 'c')]).size).toBe(3)
  })

  test('draws repeat with their seed, lie in [0, 1) and are UUIDs', () => {
    const take = (seed: string) => {
      const { random, newId } = draws(seed)
      return [random(), newId(), random()]
    }
    expect(take('a')).toEqual(take('a'))
    expect(take('a')).not.toEqual(take('b'))
    const { random } = draws('mean')
    const values = Array.from({ length: 2000 }, random)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...values)).toBeLessThan(1)
    expect(Math.abs(values.reduce((sum, one) => sum + one, 0) / 2000 - 0.5)).toBeLessThan(0.05)
  })
})

describe('a tenant', () => {
  test.each([
    ['acme/42', 'acme'],
    ['acme/orders/42', 'acme'],
    ['42', '42'],
    ['/42', '/42'],
  ])('of %s is %s', (instance, tenant) => {
    expect(tenantOf(instance)).toBe(tenant)
  })

  test('is the message group on a queue that keeps no order; where order is kept the instance is', () => {
    expect([groupOf('acme/42', false), groupOf('acme/42', true)]).toEqual(['acme', 'acme/42'])
  })
})
