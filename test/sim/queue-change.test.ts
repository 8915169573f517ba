// What outlives the process: the changes that a queue tells of make it anew.
import { describe, expect, test } from '@jest/globals'
import type { QueueModel } from '../../lib/sim/queue.ts'
import type { QueueChange } from '../../lib/sim/queue-change.ts'
import { bodies, fifo, minute, only, type Setting, standard, start } from './queue-setting.ts'

const followed = (make: (setting: Setting) => QueueModel, setting: Setting = {}) => {
  const changes: QueueChange[] = []
  const queue = make({ ...setting, changed: (change) => changes.push(JSON.parse(JSON.stringify(change)) as QueueChange) })
  const anew = (from: Iterable<QueueChange>): QueueModel => {
    const copy = make(setting)
    for (const change of from) copy.apply(JSON.parse(JSON.stringify(change)) as QueueChange)
    return copy
  }
  return {
    queue,
    copies: (now: number): QueueModel[] => [anew(changes), anew([...queue.record(now)]), anew(anew(changes).record(now))],
  }
}

describe.each(['by its changes', 'by its record', 'by the record of its copy'])('a queue made anew %s', (_how) => {
  const index = ['by its changes', 'by its record', 'by the record of its copy'].indexOf(_how)

  test('holds what was sent and not deleted, in order', () => {
    const { queue, copies } = followed(fifo)
    for (const body of ['a', 'b', 'c']) queue.send({ body, group: 'g' }, start)
    queue.remove(only(queue.receive(1, start)).receipt, start)
    expect(bodies((copies(start)[index] as QueueModel).receive(10, start))).toEqual(['b', 'c'])
  })

  test('shows what was in flight by a plain receive', () => {
    const { queue, copies } = followed(standard)
    queue.send({ body: 'a' }, start)
    queue.receive(1, start)
    expect((copies(start)[index] as QueueModel).receive(1, start)).toHaveLength(1)
  })

  test('keeps hidden what a consumer hid, under its receipt', () => {
    const { queue, copies } = followed(fifo)
    queue.send({ body: 'a', group: 'g' }, start)
    const { receipt } = only(queue.receive(1, start))
    queue.changeVisibility(receipt, 600, start)
    const copy = copies(start)[index] as QueueModel
    expect(copy.receive(1, start + minute)).toEqual([])
    expect(copy.nextVisibleAt(start)).toBe(start + 10 * minute)
    expect(copy.remove(receipt, start + minute)).toBe(true)
  })

  test('shows what was hid once and is in flight again by a plain receive', () => {
    const { queue, copies } = followed(standard)
    queue.send({ body: 'a' }, start)
    queue.changeVisibility(only(queue.receive(1, start)).receipt, 5, start)
    queue.receive(1, start + 5000, 600)
    expect((copies(start + 6000)[index] as QueueModel).receive(1, start + 6000)).toHaveLength(1)
  })

  test('forgets deduplication ids in time, those that were used again as well', () => {
    const { queue, copies } = followed(fifo)
    for (const [body, at] of [
      ['a', 0],
      ['b', 1],
      ['a', 6],
    ] as const)
      queue.send({ body, group: 'g' }, start + at * minute)
    const copy = copies(start + 6 * minute)[index] as QueueModel
    expect(copy.send({ body: 'b', group: 'g' }, start + 6.5 * minute).duplicate).toBe(false)
    expect(copy.send({ body: 'a', group: 'g' }, start + 6.5 * minute).duplicate).toBe(true)
  })

  test('knows the receipts of messages that are gone', () => {
    const { queue, copies } = followed(standard)
    queue.send({ body: 'a' }, start)
    const { receipt } = only(queue.receive(1, start))
    queue.remove(receipt, start)
    expect((copies(start)[index] as QueueModel).knows(receipt)).toBe(true)
  })

  test('keeps delays', () => {
    const { queue, copies } = followed(standard)
    queue.send({ body: 'a', delaySeconds: 60 }, start)
    const copy = copies(start)[index] as QueueModel
    expect(copy.counts(start)).toEqual({ visible: 0, inFlight: 0, delayed: 1 })
    expect(copy.receive(1, start + minute)).toHaveLength(1)
  })

  test('remembers deduplication ids, of deleted messages too, and never repeats a number', () => {
    const { queue, copies } = followed(fifo)
    const first = queue.send({ body: 'a', group: 'g' }, start)
    queue.remove(only(queue.receive(1, start)).receipt, start)
    const copy = copies(start)[index] as QueueModel
    expect(copy.send({ body: 'a', group: 'g' }, start + minute)).toEqual({ ...first, duplicate: true })
    expect(copy.send({ body: 'b', group: 'g' }, start + minute).sequenceNumber).not.toBe(first.sequenceNumber)
  })

  test('is empty after a purge', () => {
    const { queue, copies } = followed(standard)
    queue.send({ body: 'a' }, start)
    queue.purge(start)
    expect((copies(start)[index] as QueueModel).counts(start).visible).toBe(0)
  })
})

test('a message that moves to a dead-letter queue is told of there before it is removed here', () => {
  const told: string[] = []
  const deadLetter = standard({ name: 'dead', changed: ({ kind }) => told.push(`dead ${kind}`) })
  const queue = standard({ redrive: { maxReceiveCount: 1, deadLetter }, changed: ({ kind }) => told.push(kind) })
  queue.send({ body: 'a' }, start)
  queue.receive(1, start, 0)
  queue.receive(1, start)
  expect(told).toEqual(['stored', 'dead stored', 'removed'])
})
