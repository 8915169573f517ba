// Fair queues: a tenant that takes more than its share of a standard queue waits behind those who do not.
import { describe, expect, test } from '@jest/globals'
import type { QueueModel } from '../../lib/sim/queue.ts'
import type { ReceivedMessage } from '../../lib/sim/queue-message.ts'
import { bodies, minute, standard, start } from './queue-setting.ts'

const fill = (queue: QueueModel, group: string | undefined, count: number, now = start): void => {
  for (let n = 0; n < count; n += 1) queue.send({ body: `${group}-${n}`, ...(group !== undefined && { group }) }, now)
}
const take = (queue: QueueModel, count: number, now: number): readonly ReceivedMessage[] => {
  const taken: ReceivedMessage[] = []
  for (let left = count; left > 0; left -= 10) taken.push(...queue.receive(Math.min(10, left), now))
  return taken
}
const tenants = (messages: readonly ReceivedMessage[]): string => messages.map(({ group = '-' }) => group).join(' ')

describe('by the share of messages in flight', () => {
  test('a tenant with thirty of its own and over a tenth of all waits behind the quiet', () => {
    const queue = standard()
    fill(queue, 'storm', 100)
    fill(queue, 'ada', 3)
    fill(queue, 'bob', 2)
    expect(tenants(take(queue, 30, start))).toBe(Array(30).fill('storm').join(' '))
    expect(tenants(queue.receive(7, start))).toBe('ada ada ada bob bob storm storm')
  })

  test('one with twenty-nine does not', () => {
    const queue = standard()
    fill(queue, 'storm', 100)
    fill(queue, 'ada', 1)
    take(queue, 29, start)
    expect(tenants(queue.receive(1, start))).toBe('storm')
  })

  test('one with thirty among three hundred does not', () => {
    const queue = standard()
    for (let n = 0; n < 270; n += 1) fill(queue, `tenant-${n}`, 1)
    fill(queue, 'storm', 100)
    fill(queue, 'ada', 1)
    take(queue, 300, start)
    expect(tenants(queue.receive(1, start))).toBe('storm')
    expect(tenants(queue.receive(1, start))).toBe('ada')
  })

  test('is quiet again once its share has dropped', () => {
    const queue = standard({ visibilitySeconds: 30 })
    fill(queue, 'storm', 100)
    fill(queue, 'ada', 2)
    const taken = take(queue, 30, start)
    expect(tenants(queue.receive(1, start))).toBe('ada')
    for (const { receipt } of taken) queue.remove(receipt, start)
    expect(tenants(queue.receive(1, start))).toBe('storm')
  })

  test('of several the one with the fewest in flight is next', () => {
    const queue = standard()
    fill(queue, 'gale', 60)
    take(queue, 40, start)
    fill(queue, 'storm', 60)
    expect(tenants(take(queue, 32, start))).toBe(Array(32).fill('storm').join(' '))
    expect(tenants(queue.receive(10, start))).toBe('storm storm storm storm storm storm storm storm gale storm')
  })
})

describe('by the share of processing time', () => {
  /** A queue whose tenant has taken so long over one message of so many. */
  const worked = (tenant: string, messages: number, ms: number): QueueModel => {
    const queue = standard({ visibilitySeconds: 600 })
    fill(queue, tenant, messages)
    const [one] = queue.receive(1, start)
    queue.remove(one?.receipt ?? '', start + ms)
    return queue
  }

  test('a tenant whose few messages take long waits behind the quiet', () => {
    const queue = worked('slow', 5, 5000)
    fill(queue, 'ada', 1)
    expect(tenants(queue.receive(2, start + 5000))).toBe('ada slow')
  })

  test('is forgotten after minutes', () => {
    const queue = worked('slow', 5, 1000)
    fill(queue, 'ada', 20)
    const later = start + 5 * minute
    for (const { receipt } of take(queue, 20, later)) queue.remove(receipt, later + 1000)
    fill(queue, 'bob', 1)
    expect(tenants(queue.receive(1, later + 1000))).toBe('slow')
  })

  test('counts no tenant whose messages never wait', () => {
    const queue = worked('ada', 1, 5000)
    fill(queue, 'ada', 1, start + 5000)
    fill(queue, 'bob', 1, start + 5000)
    expect(tenants(queue.receive(2, start + 5000))).toBe('ada bob')
  })
})

test('nothing is held back: where no quiet tenant waits, noisy ones get all there is', () => {
  const queue = standard()
  fill(queue, 'storm', 200)
  expect(take(queue, 200, start)).toHaveLength(200)
})

test('a message without a group is a tenant of its own, and never noisy', () => {
  const queue = standard()
  fill(queue, undefined, 60)
  fill(queue, 'ada', 1)
  take(queue, 50, start)
  expect(tenants(queue.receive(10, start))).toBe(Array(10).fill('-').join(' '))
})

test('a message that comes back takes its place by age among those of its tenant', () => {
  const queue = standard({ visibilitySeconds: 30 })
  fill(queue, 'ada', 3)
  queue.receive(1, start)
  expect(bodies(queue.receive(3, start + 30_000))).toEqual(['ada-0', 'ada-1', 'ada-2'])
})

test('while a storm of ten thousand drains, the others wait no longer than without it', () => {
  /** @returns turns that each message of a quiet tenant waited; consumers take a hundred messages a turn. */
  const waits = (group: string | undefined): readonly number[] => {
    const queue = standard({ visibilitySeconds: 600 })
    const waited: number[] = []
    fill(queue, group, 10_000)
    for (let turn = 0; turn < 80; turn += 1) {
      const now = start + turn * 100
      if (turn > 5) queue.send({ body: String(turn), group: `quiet-${turn % 7}` }, now)
      const taken = take(queue, 100, now)
      for (const { body, group: of = '' } of taken) if (of.startsWith('quiet')) waited.push(turn - Number(body))
      for (const { receipt } of taken) queue.remove(receipt, now + 99)
    }
    return waited
  }
  expect(waits('storm')).toEqual(Array(74).fill(0))
  // Without a group nobody is known to be noisy, and the others wait behind all of it.
  expect(waits(undefined)).toEqual([])
})

test('ten thousand tenants cost no more a message than ten', () => {
  const queue = standard({ visibilitySeconds: 600 })
  for (let n = 0; n < 20_000; n += 1) queue.send({ body: 'x', group: `tenant-${n % 10_000}` }, start)
  expect(take(queue, 20_000, start)).toHaveLength(20_000)
})
