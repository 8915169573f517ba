// Rules of FIFO queues: order, groups, deduplication.
import { describe, expect, test } from '@jest/globals'
import type { QueueModel } from '../../lib/sim/queue.ts'
import { bodies, fifo, minute, only, start } from './queue-setting.ts'

const sendAll = (queue: QueueModel, ...names: string[]): void => {
  for (const name of names) queue.send({ body: name, group: name.slice(0, 1) }, start)
}

describe('order', () => {
  test('a receive returns as many messages of one group as it can, in order, before it goes on to the next', () => {
    const queue = fifo()
    sendAll(queue, 'a1', 'b1', 'a2', 'b2', 'a3', 'c1')
    expect(bodies(queue.receive(5, start))).toEqual(['a1', 'a2', 'a3', 'b1', 'b2'])
    expect(bodies(queue.receive(5, start))).toEqual(['c1'])
  })

  test('no more messages of a group are returned while one of it is in flight', () => {
    const queue = fifo()
    sendAll(queue, 'a1', 'a2', 'b1')
    const first = only(queue.receive(1, start))
    expect(bodies(queue.receive(10, start))).toEqual(['b1'])
    sendAll(queue, 'a3')
    expect(queue.receive(10, start)).toEqual([])
    queue.remove(first.receipt, start)
    expect(bodies(queue.receive(10, start))).toEqual(['a2', 'a3'])
  })

  test('a message that becomes visible again comes before the later ones of its group', () => {
    const queue = fifo({ visibilitySeconds: 30 })
    sendAll(queue, 'a1', 'a2')
    queue.receive(1, start)
    expect(bodies(queue.receive(10, start + 30_000))).toEqual(['a1', 'a2'])
  })

  test('one message of a batch made visible waits until the others of its group are deleted or visible', () => {
    const queue = fifo()
    sendAll(queue, 'a1', 'a2', 'a3')
    const [one, two, three] = queue.receive(10, start).map((message) => message.receipt) as [string, string, string]
    queue.changeVisibility(two, 0, start)
    expect(queue.receive(10, start)).toEqual([])
    queue.remove(one, start)
    expect(queue.receive(10, start)).toEqual([])
    queue.changeVisibility(three, 0, start)
    expect(bodies(queue.receive(10, start))).toEqual(['a2', 'a3'])
  })

  test('with dice groups come in any order, and each group in its own', () => {
    const queue = fifo({ shuffle: true })
    const names = Array.from({ length: 60 }, (_, n) => `${'abcdef'[n % 6]}${100 + n}`)
    sendAll(queue, ...names)
    const seen: string[] = []
    for (let batch = queue.receive(7, start); batch.length > 0; batch = queue.receive(7, start)) {
      seen.push(...bodies(batch))
      for (const { receipt } of batch) queue.remove(receipt, start)
    }
    expect(seen).toHaveLength(60)
    expect(seen.filter((name, n) => n === 0 || seen[n - 1]?.[0] !== name[0]).join()).not.toMatch(/^a.*b.*c.*d.*e.*f/)
    for (const group of 'abcdef') {
      expect(seen.filter((name) => name.startsWith(group))).toEqual(names.filter((name) => name.startsWith(group)))
    }
  })

  test('a delayed message holds back the later ones of its group', () => {
    const queue = fifo({ delaySeconds: 60 })
    sendAll(queue, 'a1')
    queue.configure({ ...queue.settings, delaySeconds: 120 }, start)
    queue.send({ body: 'a2', group: 'a' }, start - minute)
    expect(queue.receive(10, start + minute)).toEqual([])
    expect(bodies(queue.receive(10, start + 2 * minute))).toEqual(['a1', 'a2'])
  })

  test('a receive stops in its group at a message that is delayed', () => {
    const queue = fifo()
    sendAll(queue, 'a1', 'a2')
    queue.receive(1, start, 0)
    queue.configure({ ...queue.settings, delaySeconds: 60 }, start)
    expect(bodies(queue.receive(10, start))).toEqual(['a1'])
  })

  test('a delay of zero on a message leaves the queue’s', () => {
    const queue = fifo({ delaySeconds: 60 })
    queue.send({ body: 'a', group: 'g', delaySeconds: 0 }, start)
    expect(queue.counts(start).delayed).toBe(1)
  })

  test('without dice groups come by the age of their oldest message, as it is now', () => {
    const queue = fifo({ retentionSeconds: 60 })
    queue.send({ body: 'a1', group: 'a' }, start)
    queue.send({ body: 'b1', group: 'b' }, start + 1)
    queue.send({ body: 'a2', group: 'a' }, start + 2)
    expect(bodies(queue.receive(1, start + minute))).toEqual(['b1'])
  })

  test('sequence numbers grow', () => {
    const queue = fifo()
    const sent = ['a', 'b', 'c'].map((body) => queue.send({ body, group: 'g' }, start).sequenceNumber)
    expect(queue.receive(10, start).map((message) => message.sequenceNumber)).toEqual(sent)
    expect([...sent].sort()).toEqual(sent)
    expect(new Set(sent).size).toBe(3)
  })
})

describe('deduplication', () => {
  test('a second send within five minutes is accepted with the ids of the first and not delivered, even after a delete', () => {
    const queue = fifo()
    const first = queue.send({ body: 'a', group: 'g', deduplication: 'd' }, start)
    queue.remove(only(queue.receive(1, start)).receipt, start)
    const second = queue.send({ body: 'other', group: 'h', deduplication: 'd' }, start + 5 * minute - 1)
    expect(second).toEqual({ ...first, duplicate: true })
    expect(queue.receive(10, start + 5 * minute - 1)).toEqual([])
  })

  test('the window is not prolonged by a duplicate, and after it the same id is a new message', () => {
    const queue = fifo()
    const first = queue.send({ body: 'a', group: 'g', deduplication: 'd' }, start)
    queue.send({ body: 'a', group: 'g', deduplication: 'd' }, start + 4 * minute)
    const later = queue.send({ body: 'a', group: 'g', deduplication: 'd' }, start + 5 * minute)
    expect(later.duplicate).toBe(false)
    expect(later.messageId).not.toBe(first.messageId)
  })

  test('by content, the SHA-256 of the body is the deduplication id, its attributes do not count, and an id of its own overrides', () => {
    const queue = fifo()
    const attributes = { colour: { dataType: 'String', stringValue: 'red' } }
    expect(queue.send({ body: 'a', group: 'g' }, start).duplicate).toBe(false)
    expect(queue.send({ body: 'a', group: 'g', attributes }, start).duplicate).toBe(true)
    expect(queue.send({ body: 'a', group: 'g', deduplication: 'own' }, start).duplicate).toBe(false)
    const hash = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'
    expect(queue.send({ body: 'b', group: 'g', deduplication: hash }, start).duplicate).toBe(true)
    expect(queue.receive(1, start)[0]?.deduplication).toBe(hash)
  })

  test('the window is the queue’s, or the group’s if so configured', () => {
    const sendTwice = (deduplicationPerGroup: boolean): boolean => {
      const queue = fifo({ deduplicationPerGroup })
      queue.send({ body: 'a', group: 'g' }, start)
      return queue.send({ body: 'a', group: 'h' }, start).duplicate
    }
    expect(sendTwice(false)).toBe(true)
    expect(sendTwice(true)).toBe(false)
  })

  test('the window outlives a purge', () => {
    const queue = fifo()
    queue.send({ body: 'a', group: 'g' }, start)
    queue.purge(start)
    expect(queue.send({ body: 'a', group: 'g' }, start).duplicate).toBe(true)
  })
})

describe('deleting', () => {
  test('a receipt whose visibility timeout has passed does not delete', () => {
    const queue = fifo({ visibilitySeconds: 30 })
    sendAll(queue, 'a1')
    const { receipt } = only(queue.receive(1, start))
    expect(queue.remove(receipt, start + 30_000)).toBe(false)
    const next = only(queue.receive(1, start + 30_000))
    expect(queue.remove(receipt, start + 30_000)).toBe(false)
    expect(queue.remove(next.receipt, start + 30_000)).toBe(true)
  })
})

test('a hundred thousand messages in a hundred groups are sent, received in order and deleted in a few seconds of processor time', () => {
  const queue = fifo()
  const began = process.cpuUsage()
  for (let n = 0; n < 100_000; n += 1) queue.send({ body: `${n}`, group: `${n % 100}`, deduplication: `${n}` }, start)
  const last = new Map<string, number>()
  for (let batch = queue.receive(10, start); batch.length > 0; batch = queue.receive(10, start)) {
    for (const { body, group = '', receipt } of batch) {
      if (Number(body) <= (last.get(group) ?? -1)) throw new Error(`${body} after ${last.get(group)}`)
      last.set(group, Number(body))
      queue.remove(receipt, start)
    }
  }
  expect(queue.counts(start)).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  expect(last.size).toBe(100)
  expect(process.cpuUsage(began).user / 1e6).toBeLessThan(5)
}, 60_000)
