// Event-source mappings: what is deleted, what shows again, and what becomes of environments.
import { afterEach, describe, expect, test } from '@jest/globals'
import type { CloudEvent } from '../../lib/local/cloud-event.ts'
import { Environments } from '../../lib/local/environments.ts'
import type { SqsEvent } from '../../lib/local/event.ts'
import { type Mapping, type Poller, startPoller } from '../../lib/local/poller.ts'
import type { Environment, Outcome } from '../../lib/local/worker.ts'
import { QueueModel } from '../../lib/sim/queue.ts'

const pollers: Poller[] = []
afterEach(async () => {
  for (const poller of pollers.splice(0)) await poller.close()
})

const queue = (
  name: string,
  visibilitySeconds: number,
  redrive?: { maxReceiveCount: number; deadLetter: QueueModel },
): QueueModel => {
  let ids = 0
  const settings = { name, fifo: true, visibilitySeconds, retentionSeconds: 3600, ...(redrive && { redrive }) }
  return new QueueModel(settings, { newId: () => `${name}-${++ids}`, dice: () => 0.5 })
}

/** An environment that answers as told; `died` and `timedOut` end it. */
const environmentOf = (answer: (bodies: string[]) => Outcome): Environment => {
  let end: string | undefined
  return {
    invoke: async (_, event) => {
      const outcome = answer((event as SqsEvent).Records.map(({ body }) => body))
      if (outcome.kind === 'died' || outcome.kind === 'timedOut') end = outcome.reason
      return outcome
    },
    ended: () => end,
    close: async () => {},
  }
}

interface Scene {
  readonly bodies: readonly string[]
  readonly answer: (bodies: string[]) => Outcome
  readonly restart?: () => Promise<Environment>
  /** Group of a message; its body unless given. */
  readonly group?: string
  readonly visibilitySeconds?: number
}

const run = async (
  { bodies, answer, restart, group, visibilitySeconds = 60 }: Scene,
  enough: (events: CloudEvent[]) => boolean,
) => {
  const deadLetter = queue('shop-order-dlq.fifo', 60)
  const mailbox = queue('shop-order.fifo', visibilitySeconds, { maxReceiveCount: 3, deadLetter })
  for (const body of bodies) mailbox.send({ body, group: group ?? body, deduplication: body }, Date.now())
  const events: CloudEvent[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  let starts = 0
  const environments = new Environments(
    async () => {
      starts += 1
      return starts === 1 ? environmentOf(answer) : (restart ?? (async () => environmentOf(answer)))()
    },
    { most: 1 },
  )
  await environments.load()
  const mapping: Mapping = {
    process: 'order',
    source: {
      queue: 'shop-order.fifo',
      receive: () => mailbox.receive(10, Date.now()),
      remove: (messages) => {
        for (const { receipt } of messages) mailbox.remove(receipt, Date.now())
      },
      wait: () => new Promise((done) => setTimeout(done, 5)),
      deadLetters: () => deadLetter.counts(Date.now()).visible,
    },
    environments,
    onEvent: (event) => {
      events.push(event)
      if (enough(events)) resolve()
    },
  }
  const poller = startPoller(mapping, 1)
  pollers.push(poller)
  await promise
  return { events, restarts: () => starts - 1, counts: () => mailbox.counts(Date.now()) }
}

const one = (events: CloudEvent[]): boolean => events.length === 1
const returned = (response: unknown): Outcome => ({ kind: 'returned', response: JSON.stringify(response) })

describe('a batch', () => {
  test('is deleted when nothing is reported', async () => {
    const { events, counts } = await run({ bodies: ['a', 'b'], answer: () => returned({ batchItemFailures: [] }) }, one)
    expect(events).toEqual([
      { kind: 'handled', process: 'order', instances: ['a', 'b'], messages: 2, returned: 0, ms: expect.any(Number) },
    ])
    expect(counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  })

  test('keeps what is reported', async () => {
    const answer = () => returned({ batchItemFailures: [{ itemIdentifier: 'shop-order.fifo-2' }] })
    const { events, counts } = await run({ bodies: ['a', 'b', 'c'], answer }, one)
    expect(events).toMatchObject([{ kind: 'handled', messages: 3, returned: 1 }])
    expect(counts()).toEqual({ visible: 0, inFlight: 1, delayed: 0 })
  })

  test.each<[string, Outcome]>([
    ['throws', { kind: 'threw', reason: 'Error: no' }],
    ['reports nonsense', returned({ batchItemFailures: [{ itemIdentifier: '' }] })],
    ['times out', { kind: 'timedOut', reason: 'timed out after 1 s' }],
    ['dies', { kind: 'died', reason: 'it ended itself with exit code 1' }],
  ])('stays whole when the function %s', async (_, outcome) => {
    const { events, counts } = await run({ bodies: ['a', 'b'], answer: () => outcome }, one)
    expect(events).toMatchObject([{ kind: 'failed', instances: ['a', 'b'], messages: 2 }])
    expect(counts()).toEqual({ visible: 0, inFlight: 2, delayed: 0 })
  })

  test('that fails too often ends in the dead-letter queue, which is told', async () => {
    const scene: Scene = { bodies: ['a'], answer: () => ({ kind: 'threw', reason: 'Error: no' }), visibilitySeconds: 0 }
    const { events } = await run(scene, ({ length }) => length === 4)
    expect(events.map(({ kind }) => kind)).toEqual(['failed', 'failed', 'failed', 'dead-lettered'])
    expect(events.at(-1)).toEqual({ kind: 'dead-lettered', process: 'order', messages: 1, total: 1 })
  })

  test('holds at most ten messages', async () => {
    const bodies = Array.from({ length: 25 }, (_, n) => `m${n}`)
    const { events } = await run({ bodies, answer: () => returned(null), group: 'same' }, ({ length }) => length === 3)
    expect(events).toMatchObject([{ messages: 10 }, { messages: 10 }, { messages: 5 }])
  })
})

describe('an environment', () => {
  test('that timed out is replaced without a word more, and the others’ messages go on', async () => {
    const answer = ([body]: string[]): Outcome =>
      body === 'slow' ? { kind: 'timedOut', reason: 'timed out after 1 s' } : returned(null)
    const bodies = ['slow', ...Array.from({ length: 10 }, (_, n) => `m${n}`)]
    const { events, restarts } = await run({ bodies, answer }, ({ length }) => length === 2)
    expect(events).toMatchObject([{ kind: 'failed', reason: 'timed out after 1 s' }, { kind: 'handled' }])
    expect(restarts()).toBe(1)
  })

  test('that does not load again is tried again, later each time, and its messages wait', async () => {
    let tries = 0
    const restart = async (): Promise<Environment> => {
      tries += 1
      if (tries < 3) throw new Error('SyntaxError: half-written')
      return environmentOf(() => returned(null))
    }
    const scene: Scene = {
      bodies: ['a', ...Array.from({ length: 10 }, (_, n) => `m${n}`)],
      answer: () => ({ kind: 'died', reason: 'gone' }),
      restart,
    }
    const { events } = await run(scene, ({ length }) => length === 4)
    expect(events).toMatchObject([
      { kind: 'failed', reason: 'gone' },
      { kind: 'ended', reason: 'SyntaxError: half-written', retryMs: 500 },
      { kind: 'ended', reason: 'SyntaxError: half-written', retryMs: 1000 },
      { kind: 'handled', messages: 1 },
    ])
  })
})
