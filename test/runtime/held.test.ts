// Holding: what queues refuse for good is kept in its order, the instance stands still on it or goes on without it, and an operator's word sends it.
import { describe, expect, test } from '@jest/globals'
import { Refused, Transient } from '../../lib/core/errors.ts'
import { failedSk } from '../../lib/core/failure.ts'
import type { Entry, Queue } from '../../lib/ports/mailbox.ts'
import { again, deliver, delivery, envelope, keyed, type Meddling, type MemoryHost, memoryHost } from './memory-host.ts'
import { Audit, counter, deadLetters, environment, keptReasons, Ledger, standing, stateOf } from './processes.ts'

const add = (by: number, text?: string) => delivery(envelope({ body: { by, ...(text !== undefined && { text }) } }))
const control = (type: '~redrive' | '~discard', id: string) =>
  delivery(keyed(`operator-${Math.random()}`, { type, body: { id } }))

/** Sends each sum to the ledger, and says so to the audit. */
const telling = (onFailure: 'park' | 'setAside' = 'park') =>
  counter(
    (ctx, { text }) => {
      ctx.send(Ledger, 'all').Add({ by: ctx.state.count, ...(text !== undefined && { text }) })
      ctx.send(Audit, 'all').Note({ text: 'told' })
    },
    { attempts: 2, onFailure },
  )

const refusing =
  (how: 'batch' | 'entries' | 'passing' = 'batch') =>
  (entries: readonly Entry[], queue: Queue): Meddling => {
    if (queue.process !== 'ledger') return undefined
    if (how === 'batch') throw new Refused('not-found', 'the queue is gone')
    if (how === 'passing') throw new Transient('throttled', 'later')
    return { failed: entries, lasting: true }
  }

/** Has a message come until it comes back no more. @returns how often it came */
const insist = async (
  host: MemoryHost,
  runtime: ReturnType<typeof environment>,
  one: ReturnType<typeof add>,
): Promise<number> => {
  for (let times = 1; times < 20; times++) if ((await deliver(runtime, host, [again(one, times)])).length === 0) return times
  return Number.POSITIVE_INFINITY
}
/** An instance whose first message to the ledger is held. */
const holding = async (onFailure: 'park' | 'setAside' = 'park', how: 'batch' | 'entries' = 'batch') => {
  const host = memoryHost()
  const runtime = environment(host, telling(onFailure))
  host.hooks.send = refusing(how)
  const times = await insist(host, runtime, add(1))
  const [id = ''] = standing(host)?.held.map((one) => `${one.id}@ledger/all`) ?? []
  return { host, runtime, times, id }
}
const sums = (host: MemoryHost) =>
  host.sent
    .filter(({ queue }) => queue.process === 'ledger')
    .flatMap(({ entry }) => [JSON.parse(entry.body)].flat().map(({ body }) => body.by))

describe('what its queue refuses for good', () => {
  test.each(['batch', 'entries'] as const)('by %s is held after so many tries, and the operator is told', async (how) => {
    const { host, times, id } = await holding('park', how)
    // The first send, at the end of the invocation, is tried again before it counts.
    expect(times).toBe(3)
    expect(standing(host)).toMatchObject({ still: true, failed: 1, held: [{ process: 'ledger', to: 'all' }] })
    expect(keptReasons(host)).toEqual(['not-sent'])
    expect(host.items.get(`42 ${failedSk(id)}`)?.attributes).toMatchObject({
      attempts: 2,
      reason: expect.stringContaining('ledger/all'),
    })
    expect(deadLetters(host)).toMatchObject([{ group: '42', attributes: { reason: 'not-sent', id } }])
  })

  test('is held alone: what the same commit sends to others is sent', async () => {
    const { host } = await holding()
    expect(host.sent.some(({ queue }) => queue.process === 'audit')).toBe(true)
    expect(sums(host)).toEqual([])
  })

  test('and what may pass by itself differ: a throttle is never counted', async () => {
    const host = memoryHost()
    const runtime = environment(host, telling())
    host.hooks.send = refusing('passing')
    expect(await insist(host, runtime, add(1))).toBe(Number.POSITIVE_INFINITY)
    expect(standing(host)).toMatchObject({ held: [], failed: 0 })
  })

  test('is not held while something else of the commit may yet be sent', async () => {
    const host = memoryHost()
    const runtime = environment(host, telling())
    const refuse = refusing()
    host.hooks.send = (entries, queue) => {
      if (queue.process === 'audit') throw new Transient('throttled', 'later')
      return refuse(entries, queue)
    }
    const one = add(1)
    expect(await insist(host, runtime, one)).toBe(Number.POSITIVE_INFINITY)
    host.hooks.send = refuse
    expect(await insist(host, runtime, one)).toBe(2)
    expect(host.sent.some(({ queue }) => queue.process === 'audit')).toBe(true)
  })

  test('is known to a fresh environment, which puts off what comes', async () => {
    const { host } = await holding()
    const fresh = environment(host, telling())
    await deliver(fresh, host, [add(2)])
    expect(stateOf(host)).toEqual({ count: 1 })
    expect(standing(host)?.stash).toEqual({ first: 0, next: 1 })
  })
})

describe('a parked instance', () => {
  test('puts off what comes, and goes on in exact order when what it holds is redriven', async () => {
    const { host, runtime, id } = await holding()
    await deliver(runtime, host, [add(2), add(3)])
    expect(sums(host)).toEqual([])
    const [held] = standing(host)?.held ?? []
    host.hooks.send = undefined
    await deliver(runtime, host, [control('~redrive', id)])
    expect(sums(host)).toEqual([1, 3, 6])
    expect(host.sent.find(({ queue }) => queue.process === 'ledger')?.entry.body).toBe(held?.text)
    expect(standing(host)).toMatchObject({ still: false, held: [], failed: 0, stash: { first: 2, next: 2 } })
  })

  test('stands still on it once more if it is refused again, as another round', async () => {
    const { host, runtime, id } = await holding()
    await deliver(runtime, host, [add(2)])
    await insist(host, runtime, control('~redrive', id))
    expect(standing(host)).toMatchObject({
      still: true,
      failed: 1,
      held: [{ again: { round: 1 } }],
      stash: { first: 0, next: 1 },
    })
    host.hooks.send = undefined
    await deliver(runtime, host, [control('~redrive', id)])
    expect(sums(host)).toEqual([1, 3])
  })

  test('goes on without it when it is discarded, and it stays where it was kept', async () => {
    const { host, runtime, id } = await holding()
    await deliver(runtime, host, [add(2)])
    host.hooks.send = undefined
    await deliver(runtime, host, [control('~discard', id), control('~discard', id), control('~redrive', id)])
    expect(sums(host)).toEqual([3])
    expect(keptReasons(host)).toEqual(['not-sent'])
    expect(host.items.get(`42 ${failedSk(id).replace('failed', 'resolved')}`)?.attributes).toMatchObject({ how: 'discarded' })
  })

  test('sends it when its copy comes back from the dead-letter queue', async () => {
    const { host, runtime } = await holding()
    host.hooks.send = undefined
    const [letter] = deadLetters(host)
    await deliver(runtime, host, [delivery(letter?.body ?? '', { redriven: true })])
    expect(sums(host)).toEqual([1])
  })

  test('drains what is stashed though its own queue refuses the wake that goes before', async () => {
    const { host, runtime, id } = await holding()
    await deliver(runtime, host, [add(2)])
    host.hooks.send = (_, queue) => {
      if (queue.process === 'counter' && queue.role === 'mailbox') throw new Refused('access-denied', 'denied')
      return undefined
    }
    expect(await deliver(runtime, host, [control('~redrive', id)])).toEqual([])
    expect(sums(host)).toEqual([1, 3])
  })

  test('holds what nothing leads to any more', async () => {
    const host = memoryHost()
    const runtime = environment(host, telling())
    const shards = host.mailbox.shards.bind(host.mailbox)
    host.hooks.send = refusing()
    host.mailbox.shards = (process) => {
      if (process === 'ledger') throw new Refused('no-route', 'no route to process "ledger"')
      return shards(process)
    }
    await insist(host, runtime, add(1))
    expect(standing(host)).toMatchObject({ still: true, held: [{ process: 'ledger' }] })
  })
})

describe('an instance that goes on without what failed', () => {
  test('goes on, and what it sends to the same receiver waits behind what is held', async () => {
    const { host, runtime, id } = await holding('setAside')
    host.hooks.send = undefined
    await deliver(runtime, host, [add(2)])
    await deliver(environment(host, telling('setAside')), host, [add(3)])
    expect([stateOf(host), sums(host)]).toEqual([{ count: 6 }, []])
    expect(standing(host)?.held).toHaveLength(3)
    await deliver(runtime, host, [add(4), control('~redrive', id), add(5)])
    expect(sums(host)).toEqual([1, 3, 6, 10, 15])
    expect(standing(host)).toMatchObject({ held: [], failed: 0 })
  })

  test('sends what waits behind one that is discarded', async () => {
    const { host, runtime, id } = await holding('setAside')
    host.hooks.send = undefined
    await deliver(runtime, host, [add(2)])
    await deliver(runtime, host, [control('~discard', id)])
    expect(sums(host)).toEqual([3])
  })

  test('stands still all the same once it holds more than its record should bear', async () => {
    const { host, runtime } = await holding('setAside')
    const long = 'x'.repeat(900_000)
    for (let n = 0; n < 5; n++) await deliver(runtime, host, [add(1, long)])
    expect([...host.items.values()].find(({ sk }) => sk === 'record')?.attributes.still).toBe(1)
    await deliver(runtime, host, [add(1)])
    expect([...host.items.values()].filter(({ sk }) => sk.startsWith('stash/'))).toHaveLength(1)
  })
})
