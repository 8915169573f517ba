// A storm on one instance or one tenant does not delay the others: in virtual time, the same on every machine.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { contract, type Deploy, defineProcess, type Limit } from '../../lib/index.ts'
import { simulate } from '../../lib/sim/index.ts'

const Desk = contract('desk', { messages: { Do: z.object({ n: z.int() }) }, view: z.object({ n: z.int() }) })

interface Storm {
  readonly limit?: Limit<'n'>
  readonly deploy?: Deploy
  /** The instance of the n-th message of the storm. */
  readonly stormy: (n: number) => string
  readonly quiet: (n: number) => string
}

const messages = 1500
/** How often somebody else sends something, ms, and how often in all. */
const trickleMs = 400
const trickles = 40

/** Milliseconds from send to handler, of the quiet ones in the order in which they were sent; and of the storm. */
const delays = async ({ limit, deploy, stormy, quiet }: Storm) => {
  const sent = new Map<number, number>()
  const waited = new Map<number, number>()
  const desk = defineProcess(Desk, {
    state: z.object({ n: z.int() }),
    uses: [Desk],
    ...(limit !== undefined && { limit }),
    deploy: { timeoutSeconds: 30, ...deploy },
  }).handle({
    initial: () => ({ n: 0 }),
    view: ({ n }) => ({ n }),
    on: {
      async Do(ctx, { n }) {
        const now = world.now().getTime()
        waited.set(n, Math.min(waited.get(n) ?? Number.POSITIVE_INFINITY, now - (sent.get(n) as number)))
        // Work that takes its time.
        for (let k = 0; k < 3; k += 1) await ctx.read(Desk, 'other')
        ctx.state.n += 1
      },
    },
  })
  const world = simulate([desk], { seed: 7, environmentsMax: 4 })
  const send = (to: string, n: number): void => {
    sent.set(n, world.now().getTime())
    world.send(Desk, to).Do({ n })
  }
  for (let n = 0; n < messages; n += 1) send(stormy(n), n)
  for (let n = 0; n < trickles; n += 1) {
    await world.advance(trickleMs)
    send(quiet(n), messages + n)
  }
  await world.run()
  expect(world.check()).toEqual([])
  const of = (from: number, to: number): readonly number[] =>
    Array.from({ length: to - from }, (_, n) => waited.get(from + n) as number).sort((a, b) => a - b)
  const [storm, others] = [of(0, messages), of(messages, messages + trickles)]
  return { most: others.at(-1) as number, storm: storm.at(-1) as number }
}

describe('on an ordered mailbox', () => {
  const one = { stormy: () => 'hot', quiet: (n: number) => `quiet-${n % 5}` }

  test('a storm on one instance is nobody else’s: others wait some milliseconds', async () => {
    const { most, storm } = await delays(one)
    expect(storm).toBeGreaterThan(10_000)
    expect(most).toBeLessThan(100)
  }, 60_000)

  test('a rate spreads the storm over the time that it takes, and others wait no longer', async () => {
    const { most, storm } = await delays({ ...one, limit: { per: 'instance', rate: '20/1s' } })
    expect(storm).toBeGreaterThan(((messages - 20) / 20) * 1000)
    expect(most).toBeLessThan(100)
  }, 60_000)
})

describe('on an unordered mailbox', () => {
  const deploy: Deploy = { mailbox: 'unordered' }
  const stormy = (n: number): string => `acme/${n}`

  test('a storm of one tenant goes behind what others send; of a tenant that nobody knows it goes before', async () => {
    const fair = await delays({ deploy, stormy, quiet: (n) => `tenant-${n % 5}/${n}` })
    const unknown = await delays({ deploy, stormy, quiet: (n) => `acme/quiet-${n}` })
    expect(fair.most).toBeLessThan(200)
    expect(unknown.most).toBeGreaterThan(10 * fair.most)
  }, 60_000)
})
