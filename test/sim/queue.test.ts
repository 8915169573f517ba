// Rules of every queue, and of standard queues.
import { describe, expect, test } from '@jest/globals'
import { bodies, day, fifo, minute, only, standard, start } from './queue-setting.ts'

describe('receiving', () => {
  test('a message received is hidden for the visibility timeout and then shows again with a new receipt', () => {
    const queue = standard({ visibilitySeconds: 30 })
    const { messageId } = queue.send({ body: 'a' }, start)
    const first = only(queue.receive(10, start))
    expect(queue.receive(10, start + 29_999)).toEqual([])
    const second = only(queue.receive(10, start + 30_000))
    expect(second).toMatchObject({ messageId, body: 'a', receiveCount: 2, sentAt: start, firstReceivedAt: start })
    expect(second.receipt).not.toBe(first.receipt)
  })

  test('a receive may set its own visibility timeout, zero included', () => {
    const queue = standard()
    queue.send({ body: 'a' }, start)
    queue.receive(1, start, 0)
    expect(only(queue.receive(1, start, 5)).receiveCount).toBe(2)
    expect(queue.receive(1, start + 4999)).toEqual([])
    expect(queue.receive(1, start + 5000)).toHaveLength(1)
  })

  test('a receive returns at most ten messages, and as many as asked for', () => {
    const queue = standard()
    for (let n = 0; n < 15; n += 1) queue.send({ body: `${n}` }, start)
    expect(queue.receive(10, start)).toHaveLength(10)
    expect(queue.receive(3, start)).toHaveLength(3)
    expect(() => queue.receive(11, start)).toThrow('MaxNumberOfMessages')
    expect(() => queue.receive(0, start)).toThrow('MaxNumberOfMessages')
  })

  test('without dice a standard queue delivers by age', () => {
    const queue = standard()
    for (let n = 0; n < 5; n += 1) queue.send({ body: `${n}` }, start)
    expect(bodies(queue.receive(10, start))).toEqual(['0', '1', '2', '3', '4'])
  })

  test('with dice a standard queue delivers in any order, the same for the same dice', () => {
    const run = (): string[] => {
      const queue = standard({ shuffle: true })
      for (let n = 0; n < 10; n += 1) queue.send({ body: `${n}` }, start)
      return bodies(queue.receive(10, start))
    }
    expect(run()).not.toEqual([...run()].sort())
    expect(run()).toEqual(run())
  })

  test('messages of one group on a standard queue are in flight at the same time', () => {
    const queue = standard()
    queue.send({ body: 'a', group: 'tenant' }, start)
    queue.send({ body: 'b', group: 'tenant' }, start)
    expect(only(queue.receive(1, start))).toMatchObject({ body: 'a', group: 'tenant' })
    expect(bodies(queue.receive(1, start))).toEqual(['b'])
  })

  test('at 120,000 messages in flight a standard queue refuses with OverLimit and a FIFO queue returns none', () => {
    const full = { standard: standard(), fifo: fifo() }
    for (let n = 0; n < 120_001; n += 1) {
      full.standard.send({ body: 'x' }, start)
      full.fifo.send({ body: 'x', group: `${n}`, deduplication: `${n}` }, start)
    }
    for (let n = 0; n < 12_000; n += 1) {
      full.standard.receive(10, start)
      full.fifo.receive(10, start)
    }
    expect(full.fifo.counts(start)).toEqual({ visible: 1, inFlight: 120_000, delayed: 0 })
    expect(full.fifo.isReceivable(start)).toBe(false)
    expect(full.fifo.receive(1, start)).toEqual([])
    expect(() => full.standard.receive(1, start)).toThrow(expect.objectContaining({ code: 'OverLimit' }))
  }, 60_000)
})

describe('delays', () => {
  test('a delayed message is receivable only after its delay, and a delay of its own overrides the queue’s', () => {
    const queue = standard({ delaySeconds: 10 })
    queue.send({ body: 'queue’s' }, start)
    queue.send({ body: 'own', delaySeconds: 20 }, start)
    queue.send({ body: 'none', delaySeconds: 0 }, start)
    expect(queue.counts(start)).toEqual({ visible: 1, inFlight: 0, delayed: 2 })
    expect(bodies(queue.receive(10, start))).toEqual(['none'])
    expect(bodies(queue.receive(10, start + 10_000))).toEqual(['queue’s'])
    expect(bodies(queue.receive(10, start + 20_000))).toEqual(['own'])
  })

  test('a change of the queue’s delay leaves messages on a standard queue as they are and reaches those on a FIFO queue', () => {
    const queues = [standard({ delaySeconds: 10 }), fifo({ delaySeconds: 10 })]
    for (const queue of queues) {
      queue.send({ body: 'a', group: 'g' }, start)
      queue.configure({ ...queue.settings, delaySeconds: 100 }, start)
    }
    expect(queues.map((queue) => queue.receive(1, start + 10_000).length)).toEqual([1, 0])
    expect(queues.map((queue) => queue.receive(1, start + 100_000).length)).toEqual([1, 1])
  })

  test('a delay beyond fifteen minutes is refused', () => {
    expect(() => standard().send({ body: 'a', delaySeconds: 901 }, start)).toThrow('DelaySeconds')
  })
})

describe('deleting', () => {
  test('a message deleted by its newest receipt is gone, and deleting it again succeeds', () => {
    const queue = standard()
    queue.send({ body: 'a' }, start)
    const { receipt } = only(queue.receive(1, start))
    expect(queue.remove(receipt, start)).toBe(true)
    expect(queue.remove(receipt, start)).toBe(true)
    expect(queue.receive(1, start + minute)).toEqual([])
    expect(queue.counts(start)).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  })

  test('on a standard queue the newest receipt deletes after the visibility timeout as well', () => {
    const queue = standard()
    queue.send({ body: 'a' }, start)
    const { receipt } = only(queue.receive(1, start))
    expect(queue.remove(receipt, start + minute)).toBe(true)
    expect(queue.receive(1, start + minute)).toEqual([])
  })

  test('on a standard queue an old receipt does not delete without dice, and sometimes does with them', () => {
    const removedBy = (shuffle: boolean): number => {
      const queue = standard({ shuffle })
      let removed = 0
      for (let n = 0; n < 100; n += 1) {
        queue.send({ body: 'a' }, start)
        const old = only(queue.receive(1, start, 0)).receipt
        const { receipt } = only(queue.receive(1, start))
        if (queue.remove(old, start)) removed += 1
        queue.remove(receipt, start)
      }
      return removed
    }
    expect(removedBy(false)).toBe(0)
    expect(removedBy(true)).toBeGreaterThan(20)
    expect(removedBy(true)).toBeLessThan(80)
  })

  test('a receipt of another queue, or none at all, deletes nothing', () => {
    const [queue, other] = [standard(), standard({ name: 'other' })]
    for (const one of [queue, other]) one.send({ body: 'a' }, start)
    const { receipt } = only(other.receive(1, start))
    for (const foreign of [receipt, 'nonsense', 'orders#9#x', 'orders#x#y', '']) {
      expect(queue.knows(foreign)).toBe(false)
      expect(queue.remove(foreign, start)).toBe(false)
    }
    expect(queue.receive(1, start)).toHaveLength(1)
  })

  test('a purge deletes all messages, those in flight and delayed included', () => {
    const queue = standard()
    for (const delaySeconds of [0, 0, 60]) queue.send({ body: 'a', delaySeconds }, start)
    const { receipt } = only(queue.receive(1, start))
    queue.purge(start)
    expect(queue.counts(start)).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
    expect(queue.remove(receipt, start)).toBe(true)
    expect(queue.receive(1, start + day)).toEqual([])
  })
})

describe('changing visibility', () => {
  test('the new timeout counts from the change, longer or shorter', () => {
    const queue = standard({ visibilitySeconds: 30 })
    queue.send({ body: 'a' }, start)
    const { receipt } = only(queue.receive(1, start))
    expect(queue.changeVisibility(receipt, 60, start + 20_000)).toBe('changed')
    expect(queue.receive(1, start + 79_999)).toEqual([])
    expect(queue.changeVisibility(receipt, 0, start + 79_999)).toBe('changed')
    expect(only(queue.receive(1, start + 79_999)).receiveCount).toBe(2)
  })

  test('only the newest receipt of a message in flight changes it', () => {
    const queue = standard({ visibilitySeconds: 30 })
    queue.send({ body: 'a' }, start)
    const old = only(queue.receive(1, start))
    expect(queue.changeVisibility(old.receipt, 10, start + 30_000)).toBe('not-in-flight')
    const { receipt } = only(queue.receive(1, start + 30_000))
    expect(queue.changeVisibility(old.receipt, 0, start + 30_000)).toBe('not-in-flight')
    expect(queue.remove(receipt, start + 30_000)).toBe(true)
    expect(queue.changeVisibility(receipt, 0, start + 30_000)).toBe('not-in-flight')
    expect(queue.changeVisibility('nonsense', 0, start)).toBe('unknown-receipt')
  })

  test('the total from the receive is at most twelve hours', () => {
    const queue = standard()
    queue.send({ body: 'a' }, start)
    const { receipt } = only(queue.receive(1, start))
    expect(() => queue.changeVisibility(receipt, 43_201, start)).toThrow('VisibilityTimeout')
    expect(queue.changeVisibility(receipt, 43_199, start + 1000)).toBe('changed')
    expect(() => queue.changeVisibility(receipt, 43_200, start + 1000)).toThrow('Total VisibilityTimeout')
  })

  test('the next receive has the queue’s timeout again', () => {
    const queue = standard({ visibilitySeconds: 30 })
    queue.send({ body: 'a' }, start)
    queue.changeVisibility(only(queue.receive(1, start)).receipt, 5, start)
    expect(queue.receive(1, start + 5000)).toHaveLength(1)
    expect(queue.receive(1, start + 34_999)).toEqual([])
    expect(queue.receive(1, start + 35_000)).toHaveLength(1)
  })
})

describe('retention', () => {
  test('a message is gone when its retention period ends, in flight or not', () => {
    const queue = standard({ retentionSeconds: 60 })
    queue.send({ body: 'waiting' }, start)
    expect(queue.oldestSentAt(start + 59_999)).toBe(start)
    expect(queue.oldestSentAt(start + 60_000)).toBeUndefined()
    queue.send({ body: 'in flight' }, start + minute)
    const { receipt } = only(queue.receive(1, start + minute, 600))
    expect(queue.counts(start + 2 * minute)).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
    expect(queue.changeVisibility(receipt, 0, start + 2 * minute)).toBe('not-in-flight')
  })

  test('a shorter retention period expires older messages', () => {
    const queue = standard({ retentionSeconds: 600 })
    queue.send({ body: 'a' }, start)
    queue.configure({ ...queue.settings, retentionSeconds: 60 }, start + minute)
    expect(queue.receive(1, start + minute)).toEqual([])
  })
})

describe('what SQS refuses', () => {
  const refusal = (code: string) => expect.objectContaining({ code })

  test('a message over 1 MiB, its attributes included', () => {
    const queue = standard()
    const body = 'x'.repeat(1_048_576 - 15)
    expect(queue.send({ body: 'ö'.repeat(524_288) }, start).duplicate).toBe(false)
    expect(() => queue.send({ body: `${'ö'.repeat(524_288)}x` }, start)).toThrow(refusal('InvalidParameterValue'))
    expect(queue.send({ body, attributes: { name: { dataType: 'String', stringValue: 'value' } } }, start).duplicate).toBe(false)
    expect(() => queue.send({ body, attributes: { name: { dataType: 'String', stringValue: 'value!' } } }, start)).toThrow(
      'shorter',
    )
    expect(() => queue.send({ body, attributes: { name: { dataType: 'Binary', binaryValue: 'AAAAAAAA' } } }, start)).toThrow(
      'shorter',
    )
  })

  test('an empty body, and characters that XML does not allow', () => {
    expect(() => standard().send({ body: '' }, start)).toThrow(refusal('MissingParameter'))
    for (const body of ['\u0000', '\u001f', '\ufffe', '\ud800']) {
      expect(() => standard().send({ body }, start)).toThrow(refusal('InvalidMessageContents'))
    }
    expect(standard().send({ body: '\t\n\r😀\ue000' }, start).duplicate).toBe(false)
  })

  test('deduplication ids on a standard queue; on a FIFO queue delays of a message, a missing group, a missing deduplication id', () => {
    expect(() => standard().send({ body: 'a', deduplication: 'd' }, start)).toThrow(refusal('InvalidParameterValue'))
    expect(() => fifo().send({ body: 'a', group: 'g', delaySeconds: 1 }, start)).toThrow(refusal('InvalidParameterValue'))
    expect(() => fifo().send({ body: 'a' }, start)).toThrow(refusal('MissingParameter'))
    const strict = fifo({ contentBasedDeduplication: false })
    expect(() => strict.send({ body: 'a', group: 'g' }, start)).toThrow('ContentBasedDeduplication')
  })

  test('group and deduplication ids over 128 characters or with spaces', () => {
    for (const id of ['x'.repeat(129), 'a b', 'ö', '']) {
      expect(() => fifo().send({ body: 'a', group: id }, start)).toThrow('MessageGroupId')
      expect(() => fifo().send({ body: 'a', group: 'g', deduplication: id }, start)).toThrow('MessageDeduplicationId')
    }
  })
})

describe('what comes next', () => {
  test('the next instant of visibility is that of the first delay or timeout that ends; without one there is none', () => {
    const queue = standard({ visibilitySeconds: 30 })
    expect(queue.nextVisibleAt(start)).toBeUndefined()
    queue.send({ body: 'delayed', delaySeconds: 60 }, start)
    expect(queue.nextVisibleAt(start)).toBe(start + 60_000)
    queue.send({ body: 'now' }, start)
    expect(queue.nextVisibleAt(start)).toBe(start + 60_000)
    queue.receive(1, start)
    expect(queue.nextVisibleAt(start)).toBe(start + 30_000)
    expect(queue.nextVisibleAt(start + 30_000)).toBe(start + 60_000)
  })

  test('a group blocked by a message that expires in flight is due when it expires', () => {
    const queue = fifo({ retentionSeconds: 60 })
    queue.send({ body: 'a', group: 'g' }, start)
    queue.receive(1, start, 600)
    queue.send({ body: 'b', group: 'g' }, start + 30_000)
    expect(queue.nextVisibleAt(start + 30_000)).toBe(start + 60_000)
    expect(bodies(queue.receive(1, start + 60_000))).toEqual(['b'])
  })
})
