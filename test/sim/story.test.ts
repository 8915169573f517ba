import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { contract, defineProcess, Rejected } from '../../lib/index.ts'
import { type FaultPlan, noFaults } from '../../lib/sim/faults.ts'
import type { World } from '../../lib/sim/index.ts'
import { newPlay } from '../../lib/sim/plan.ts'
import type { Happening } from '../../lib/sim/story.ts'
import { shortStory } from '../../lib/sim/story-text.ts'
import { createWorld } from '../../lib/sim/world.ts'

const Order = contract('order', { messages: { Place: z.object({ pence: z.int() }), Charged: z.object({}) } })
const Payment = contract('payment', { messages: { Charge: z.object({ pence: z.int() }) } })
const order = defineProcess(Order, { state: z.object({ charged: z.boolean() }), uses: [Payment] }).handle({
  initial: () => ({ charged: false }),
  on: {
    Place(ctx, { pence }) {
      if (pence === 0) throw new Rejected('free', 'nothing is free')
      ctx.send(Payment, ctx.self.id).Charge({ pence })
    },
    Charged(ctx) {
      ctx.state.charged = true
    },
  },
})
const payment = defineProcess(Payment, { state: z.object({}), uses: [Order] }).handle({
  initial: () => ({}),
  on: { Charge: (ctx) => ctx.send(Order, ctx.self.id).Charged() },
})

const recorded = async (act: (world: World) => void, faults: Partial<FaultPlan> = {}): Promise<readonly Happening[]> => {
  const happenings: Happening[] = []
  const world = createWorld([order, payment], { faults }, { ...newPlay(), happenings })
  act(world)
  await world.advance('20m')
  world.calm()
  await world.run()
  expect(world.check()).toEqual([])
  return happenings
}
const place = (world: World): void => world.send(Order, '1').Place({ pence: 5 }, { key: 'click' })

/** The lines without their times, from the first happening on. */
const linesOf = (happenings: readonly Happening[]): readonly string[] =>
  shortStory({
    seed: 1,
    violations: [],
    happenings,
    ended: ['it holds'],
    sends: { left: 1, of: 1 },
    faults: { left: 0, of: 0 },
    runs: 1,
  })
    .split('\n\n')[1]
    ?.split('\n')
    .slice(1)
    .map((line) => line.replace(/^ *(\d+\.\d{3} s)?/, '').trim()) ?? []

describe('a story', () => {
  test('tells who sent what to whom, what was handled at which version, and what broke at the end', async () => {
    expect(linesOf(await recorded(place))).toEqual([
      'client sends Place {"pence":5} to order/1',
      'order/1 handles Place, version 1',
      'and sends Charge {"pence":5} to payment/1',
      'payment/1 handles Charge, version 1',
      'and sends Charged {} to order/1',
      'order/1 handles Charged, version 2',
      'broken: it holds',
    ])
  })

  test('tells when a client sent again under its key, and that it was handled once', async () => {
    const lines = linesOf(await recorded(place, { duplicate: 0.9 }))
    expect(lines).toContain('fault duplicate: order/1')
    expect(lines).toContain('client sends Place {"pence":5} to order/1, a second copy')
    expect(lines.filter((line) => line.includes('handles Place'))).toHaveLength(1)
  })

  test('tells which fault met which message, and what came to nothing', async () => {
    const thrown = linesOf(await recorded(place, { handlerThrows: 0.9 }))
    expect(thrown).toContain('order/1 begins Place, and nothing of it is committed')
    expect(thrown).toContain('fault handlerThrows: Place for order/1')
    const crashed = linesOf(await recorded(place, { crash: 0.5 }))
    expect(crashed).toContain('fault crash: order-1 with Place for order/1')
  })

  test('tells what was kept as failed, and why', async () => {
    const lines = linesOf(await recorded((world) => world.send(Order, '1').Place({ pence: 0 })))
    expect(lines).toContain('order/1 keeps Place as failed: rejected')
  })

  test('tells of calls from outside, and of timers that are set', async () => {
    const Bell = contract('bell', {
      messages: {},
      calls: { Press: { request: z.object({}), reply: z.object({ times: z.int() }) } },
    })
    const bell = defineProcess(Bell, { state: z.object({ times: z.int() }), internal: { Ring: z.object({}) } }).handle({
      initial: () => ({ times: 0 }),
      on: { Ring() {} },
      answer: {
        Press(ctx) {
          ctx.state.times += 1
          ctx.after('5s').Ring()
          return { times: ctx.state.times }
        },
      },
    })
    const happenings: Happening[] = []
    const world = createWorld([bell], {}, { ...newPlay(), happenings })
    await world.call(Bell, 'door').Press()
    await world.run()
    expect(linesOf(happenings)).toEqual([
      'client calls Press {} of bell/door',
      'bell/door handles Press, version 1',
      'and sets a timer for Ring {}',
      'bell/door handles Ring, version 2',
      'broken: it holds',
    ])
  })

  test('is of the same run as without it', async () => {
    const faults = { ...noFaults, crash: 0.05, writeLostAfter: 0.1, sendPartial: 0.1 }
    const hashOf = async (happenings: Happening[] | undefined): Promise<string> => {
      const world = createWorld([order, payment], { faults }, { ...newPlay(), ...(happenings && { happenings }) })
      for (let n = 0; n < 10; n += 1) place(world)
      await world.run()
      return world.trace.hash()
    }
    expect(await hashOf([])).toBe(await hashOf(undefined))
  })
})

describe('a run that is played in part', () => {
  const faults = { writeLostBefore: 0.1, writeLostAfter: 0.1, sendPartial: 0.2, throttle: 0.2, deleteLost: 0.3 }
  const play = async (part: { sends?: ReadonlySet<number>; only?: ReadonlySet<string> }) => {
    const played = { ...newPlay(), ...part }
    const world = createWorld([order, payment], { faults }, played)
    for (let n = 0; n < 10; n += 1) world.send(Order, String(n)).Place({ pence: 5 })
    await world.run()
    expect(world.check()).toEqual([])
    return { world, asked: played.asked, strikes: played.strikes.map(({ id }) => id) }
  }

  test('is the same with all that struck, and otherwise with less', async () => {
    const whole = await play({})
    expect(whole.strikes.length).toBeGreaterThan(3)
    const again = await play({ only: new Set(whole.strikes) })
    expect(again.world.trace.hash()).toBe(whole.world.trace.hash())
    const calm = await play({ only: new Set() })
    expect(calm.strikes).toEqual([])
    const less = await play({ only: new Set(whole.strikes.slice(0, -1)) })
    expect(less.strikes).toEqual(whole.strikes.slice(0, -1))
  })

  test('leaves out sends, and the others keep their names', async () => {
    const { world, asked } = await play({ sends: new Set([2, 7]) })
    expect(asked).toBe(10)
    expect(Object.keys(world.states().order ?? {})).toEqual(['2', '7'])
  })
})
