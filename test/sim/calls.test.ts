import { describe, expect, test } from '@jest/globals'
import { expectTypeOf } from 'expect-type'
import * as z from 'zod'
import { CallFailed, contract, defineProcess, outcomeOf, Transient } from '../../lib/index.ts'
import { type FaultPlan, simulate, type World } from '../../lib/sim/index.ts'

const Till = contract('till', {
  messages: { Put: z.object({ cents: z.int() }) },
  calls: {
    Take: { request: z.object({ cents: z.int() }), reply: z.object({ left: z.int() }) },
    Look: { request: z.object({}), reply: z.object({ left: z.int() }) },
  },
})
const Shop = contract('shop', { messages: { Buy: z.object({ cents: z.int(), within: z.int() }), Hear: z.object({}) } })

const till = defineProcess(Till, { state: z.object({ left: z.int() }), uses: [Shop] }).handle({
  initial: () => ({ left: 100 }),
  on: {
    Put(ctx, { cents }) {
      ctx.state.left += cents
    },
  },
  answer: {
    Take(ctx, { cents }) {
      if (cents > ctx.state.left) throw new CallFailed('poor', 'there is not so much')
      if (cents === 13) throw new Error('no luck')
      ctx.state.left -= cents
      ctx.send(Shop, 'a').Hear()
      return { left: ctx.state.left }
    },
    Look: (ctx) => ({ left: ctx.state.left }),
  },
})
const shop = defineProcess(Shop, {
  state: z.object({ came: z.array(z.string()), heard: z.int() }),
  uses: [Till],
  internal: { Taken: outcomeOf(Till, 'Take') },
}).handle({
  initial: () => ({ came: [], heard: 0 }),
  on: {
    Buy(ctx, { cents, within }) {
      ctx.request(Till, 'a').Take({ cents }, { outcome: 'Taken', within })
    },
    Hear(ctx) {
      ctx.state.heard += 1
    },
    Taken(ctx, outcome) {
      ctx.state.came.push(outcome.ok ? `left ${outcome.reply.left}` : outcome.code)
    },
  },
})
const worldOf = (faults: Partial<FaultPlan> = {}, seed = 1) => simulate([till, shop], { seed, faults })

describe('a direct call', () => {
  test('brings the reply, with its type, and lets time go on by itself', async () => {
    const world = worldOf()
    const before = world.now().getTime()
    const reply = await world.call(Till, 'a').Take({ cents: 30 })
    expectTypeOf(reply).toEqualTypeOf<{ left: number }>()
    expect(reply).toEqual({ left: 70 })
    expect(world.now().getTime()).toBeGreaterThan(before)
    expect(await world.call(Till, 'a').Look()).toEqual({ left: 70 })
    await world.run()
    expect(world.state(shop, 'a')?.heard).toBe(1)
    expect(world.check()).toEqual([])
  })

  test('that changes nothing costs one read and no write', async () => {
    const world = worldOf()
    await world.call(Till, 'a').Look()
    expect(world.calls).toMatchObject({ reads: 1, writes: 0, sends: 0, invocations: 1, receives: 0 })
  })

  test('is answered again under its key and not run again', async () => {
    const world = worldOf()
    const take = () => world.call(Till, 'a').Take({ cents: 10 }, { key: 'click' })
    expect(await take()).toEqual({ left: 90 })
    await world.advance('30m')
    expect(await take()).toEqual({ left: 90 })
    await world.advance('2h')
    // What is kept long enough goes with the next commit.
    await world.call(Till, 'a').Take({ cents: 1 })
    await expect(take()).rejects.toMatchObject({ code: 'reply-gone' })
    await world.run()
    expect(world.state(till, 'a')).toEqual({ left: 89 })
    expect(world.check()).toEqual([])
  })

  test('throws what the callee refuses with, and what its handler throws', async () => {
    const world = worldOf()
    await expect(world.call(Till, 'a').Take({ cents: 500 })).rejects.toThrow(CallFailed)
    await expect(world.call(Till, 'a').Take({ cents: 500 })).rejects.toMatchObject({ code: 'poor' })
    await expect(world.call(Till, 'a').Take({ cents: 13 })).rejects.toMatchObject({ code: 'handler-failed' })
    expect(() => world.call(Till, 'a').Take({ cents: 0.5 })).toThrow('invalid-value')
    expect(world.failed()).toEqual([])
    expect(world.check()).toEqual([])
  })

  test('that never gets an answer is asked some times, and then nobody knows', async () => {
    const world = worldOf({ callLost: 1 })
    await expect(world.call(Till, 'a').Look()).rejects.toThrow(Transient)
    expect(world.faults.counts.callLost.bit).toBeGreaterThan(3)
  })

  test('runs beside messages and other calls, each once, under all faults', async () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const world: World = simulate([till, shop], { seed, faults: 'drawn' })
      const answered: number[] = []
      for (let n = 0; n < 6; n += 1) {
        world.send(Till, 'a').Put({ cents: 1 }, { key: `put-${n}` })
        world
          .call(Till, 'a')
          .Take({ cents: 10 }, { key: `take-${n}` })
          .then(
            () => answered.push(n),
            () => {},
          )
        await world.advance('20s')
      }
      await world.advance('1h')
      world.calm()
      await world.run()
      expect(world.check()).toEqual([])
      const { a } = world.states().till ?? {}
      const { left } = a as { left: number }
      const puts = 6 - world.failed().filter(({ type }) => type === 'Put').length
      const taken = (100 + puts - left) / 10
      expect(Number.isInteger(taken)).toBe(true)
      expect(taken).toBeGreaterThanOrEqual(answered.length)
      expect(taken).toBeLessThanOrEqual(6)
    }
  })
})

describe('a queued call', () => {
  test('comes out once: with the reply, with the refusal, with the failure, or by its deadline', async () => {
    const world = worldOf({ outage: 0 })
    const buy = async (cents: number, within: number): Promise<void> => {
      world.send(Shop, 'a').Buy({ cents, within })
      await world.run()
    }
    await buy(10, 60_000)
    await buy(500, 60_000)
    await buy(13, 1000)
    // The till stands still on it, whoever waits no more.
    await buy(10, 60_000)
    for (const one of world.failed()) world.discard(one)
    await buy(13, 3_600_000)
    expect(world.state(shop, 'a')?.came).toEqual(['left 90', 'poor', 'deadline', 'parked', 'handler-failed'])
    expect(world.failed().map(({ process, type, parked }) => `${process} ${type} ${parked}`)).toEqual(['till Take true'])
    expect(world.check()).toEqual([])
  })

  test('shows as request and answer among what was sent', async () => {
    const world = worldOf()
    world.send(Shop, 'a').Buy({ cents: 1, within: 60_000 })
    await world.run()
    expect(world.sent.map(({ from, to, type }) => `${from} ${type} ${to}`).sort()).toEqual([
      'client Buy shop/a',
      'shop/a Take till/a',
      'till/a Hear shop/a',
      'till/a ~reply shop/a',
    ])
  })
})

test('cancelling goes to the instance as a message of its own', async () => {
  const world = worldOf()
  world.cancel(Shop, 'a')
  await world.run()
  expect(world.sent).toMatchObject([{ from: 'client', to: 'shop/a', type: '~cancel' }])
})
