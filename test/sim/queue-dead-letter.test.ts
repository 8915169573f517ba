// Rules of dead-letter queues: the move on receive, and the redrive.
import { describe, expect, test } from '@jest/globals'
import { bodies, day, fifo, minute, only, standard, start } from './queue-setting.ts'

describe('the move on receive', () => {
  test('a message received more often than maxReceiveCount is moved at the next receive, not before', () => {
    const deadLetter = standard({ name: 'dead' })
    const queue = standard({ redrive: { maxReceiveCount: 2, deadLetter } })
    const { messageId } = queue.send({ body: 'a' }, start)
    queue.receive(1, start, 0)
    queue.receive(1, start, 0)
    expect(deadLetter.counts(start).visible).toBe(0)
    expect(queue.receive(1, start)).toEqual([])
    expect(queue.counts(start)).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
    expect(only(deadLetter.receive(1, start))).toMatchObject({
      messageId,
      body: 'a',
      receiveCount: 3,
      deadLetterSource: 'orders',
    })
  })

  test('the receive that moves one message returns the others', () => {
    const deadLetter = standard({ name: 'dead' })
    const queue = standard({ redrive: { maxReceiveCount: 1, deadLetter } })
    queue.send({ body: 'poison' }, start)
    queue.receive(1, start, 0)
    queue.send({ body: 'good' }, start)
    expect(bodies(queue.receive(1, start))).toEqual(['good'])
    expect(deadLetter.counts(start).visible).toBe(1)
  })

  test('a dead-letter queue with a dead-letter queue of its own counts anew', () => {
    const last = standard({ name: 'last' })
    const deadLetter = standard({ name: 'dead', redrive: { maxReceiveCount: 1, deadLetter: last } })
    const queue = standard({ redrive: { maxReceiveCount: 1, deadLetter } })
    queue.send({ body: 'a' }, start)
    queue.receive(1, start, 0)
    queue.receive(1, start)
    expect(only(deadLetter.receive(1, start, 0)).receiveCount).toBe(2)
    expect(deadLetter.receive(1, start)).toEqual([])
    expect(only(last.receive(1, start)).deadLetterSource).toBe('dead')
  })

  test('on standard queues retention counts from the first enqueue', () => {
    const deadLetter = standard({ name: 'dead', retentionSeconds: 4 * 24 * 3600 })
    const queue = standard({ retentionSeconds: 2 * 24 * 3600, redrive: { maxReceiveCount: 1, deadLetter } })
    queue.send({ body: 'a' }, start)
    queue.receive(1, start, 0)
    queue.receive(1, start + day)
    expect(deadLetter.counts(start + 4 * day - 1).visible).toBe(1)
    expect(deadLetter.counts(start + 4 * day).visible).toBe(0)
  })

  test('on FIFO queues the enqueue time starts anew and the deduplication id becomes the message id', () => {
    const deadLetter = fifo({ name: 'dead.fifo', retentionSeconds: 4 * 24 * 3600 })
    const queue = fifo({ redrive: { maxReceiveCount: 1, deadLetter } })
    const { messageId } = queue.send({ body: 'a', group: 'g' }, start)
    queue.receive(1, start, 0)
    queue.receive(1, start + day)
    expect(deadLetter.counts(start + 5 * day - 1).visible).toBe(1)
    expect(only(deadLetter.receive(1, start + day))).toMatchObject({
      messageId,
      sentAt: start + day,
      group: 'g',
      deduplication: messageId,
    })
  })

  test('a group goes on once its poison message has moved', () => {
    const deadLetter = fifo({ name: 'dead.fifo' })
    const queue = fifo({ redrive: { maxReceiveCount: 1, deadLetter } })
    for (const body of ['poison', 'a', 'b']) queue.send({ body, group: 'g' }, start)
    queue.receive(1, start, 0)
    expect(bodies(queue.receive(10, start))).toEqual(['a', 'b'])
    expect(bodies(deadLetter.receive(10, start))).toEqual(['poison'])
  })
})

describe('the redrive', () => {
  test('moves the oldest first, each as a new message with its attributes', () => {
    const deadLetter = standard({ name: 'dead' })
    const queue = standard()
    const attributes = { why: { dataType: 'String', stringValue: 'poison' } }
    const old = deadLetter.send({ body: 'a', attributes }, start)
    deadLetter.send({ body: 'b' }, start)
    expect(deadLetter.moveOne(() => queue, start + minute)).toBe('moved')
    const moved = only(queue.receive(10, start + minute))
    expect(moved).toMatchObject({ body: 'a', attributes, sentAt: start + minute, receiveCount: 1 })
    expect(moved.messageId).not.toBe(old.messageId)
    expect(deadLetter.moveOne(() => queue, start + minute)).toBe('moved')
    expect(deadLetter.moveOne(() => queue, start + minute)).toBe('empty')
  })

  test('names the queue that gave a message up, and leaves what has no target', () => {
    const deadLetter = standard({ name: 'dead' })
    const queue = standard({ redrive: { maxReceiveCount: 1, deadLetter } })
    queue.send({ body: 'given up' }, start)
    queue.receive(1, start, 0)
    queue.receive(1, start)
    deadLetter.send({ body: 'sent directly' }, start)
    const sources: (string | undefined)[] = []
    const target = (source: string | undefined) => {
      sources.push(source)
      return source === undefined ? undefined : queue
    }
    expect(deadLetter.moveOne(target, start)).toBe('moved')
    expect(deadLetter.moveOne(target, start)).toBe('no-target')
    expect(sources).toEqual(['orders', undefined])
    expect(bodies(deadLetter.receive(10, start))).toEqual(['sent directly'])
  })

  test('does not touch what is in flight', () => {
    const deadLetter = standard({ name: 'dead' })
    deadLetter.send({ body: 'a' }, start)
    deadLetter.receive(1, start)
    expect(deadLetter.moveOne(() => standard(), start)).toBe('empty')
  })

  test('is dropped as a duplicate by a FIFO queue that has its deduplication id in the window', () => {
    const [deadLetter, queue] = [fifo({ name: 'dead.fifo' }), fifo()]
    for (const one of [deadLetter, queue]) one.send({ body: 'a', group: 'g', deduplication: 'd' }, start)
    expect(deadLetter.moveOne(() => queue, start + minute)).toBe('moved')
    expect(queue.counts(start + minute).visible).toBe(1)
  })
})
