// Flows in the simulator: time goes on for them, they can be cancelled, and what they break is found.
import { beforeEach, describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { CallFailed, contract, defineProcess, flow } from '../../lib/index.ts'
import type { Host } from '../../lib/runtime/host.ts'
import { createRuntime } from '../../lib/runtime/runtime.ts'
import type { CreateRuntime } from '../../lib/sim/cloud.ts'
import { explore, type FaultPlan, simulate, Violated, type World } from '../../lib/sim/index.ts'

const Purse = contract('purse', {
  /** Whether it was taken or not: what is returned is not taken any more. */
  messages: { Return: z.object({ order: z.string() }) },
  calls: { Take: { request: z.object({ order: z.string(), cents: z.int() }), reply: z.object({ left: z.int() }) } },
})
const Checkout = contract('checkout', {
  messages: {
    Place: z.object({ cents: z.int(), patience: z.string().default('2 days') }),
    Confirmed: z.object({}),
    Look: z.object({}),
  },
})

const purse = defineProcess(Purse, {
  state: z.object({ cents: z.int(), taken: z.record(z.string(), z.int()), returned: z.array(z.string()) }),
}).handle({
  initial: () => ({ cents: 100, taken: {}, returned: [] }),
  on: {
    Return(ctx, { order }) {
      const { taken, returned } = ctx.state
      ctx.state.cents += taken[order] ?? 0
      delete taken[order]
      returned.push(order)
    },
  },
  answer: {
    Take(ctx, { order, cents }) {
      const { taken, returned } = ctx.state
      if (cents > ctx.state.cents || returned.includes(order)) throw new CallFailed('poor', 'there is not so much')
      ctx.state.cents -= cents
      taken[order] = cents
      return { left: ctx.state.cents }
    },
  },
})

/** What a shipper outside was asked, by key. */
let asked = new Map<string, number>()
beforeEach(() => {
  asked = new Map()
})
const ship = (key: string): string => {
  asked.set(key, (asked.get(key) ?? 0) + 1)
  return `parcel ${asked.size}`
}

const State = z.object({ status: z.string(), parcels: z.array(z.string()), looks: z.int() })
/** @param forgets the money, where it fails */
const checkoutOf = (forgets: boolean) =>
  defineProcess(Checkout, { state: State, uses: [Purse], deploy: { timers: true, onFailure: 'setAside' } }).handle({
    initial: () => ({ status: 'new', parcels: [], looks: 0 }),
    on: {
      Place: flow(async (ctx, { cents, patience }) => {
        const set = (status: string) =>
          ctx.update((state) => {
            state.status = status
          })
        await set('placed')
        ctx.compensate(() => set('given up'))
        const order = ctx.self.id
        ctx.compensate(() => {
          if (!forgets) ctx.send(Purse, 'p').Return({ order })
        })
        await ctx.call(Purse, 'p').Take({ order, cents }, { within: '1 day' })
        await set('paid')
        await ctx.receive('Confirmed', { within: patience as '2 days' })
        const parcel = await ctx.step('ship', (key) => ship(key))
        await ctx.update((state) => state.parcels.push(parcel))
        await set('shipped')
      }),
      Confirmed: flow.receives,
      Look(ctx) {
        ctx.state.looks += 1
      },
    },
  })
const checkout = checkoutOf(false)
const worldOf = (faults: Partial<FaultPlan> = {}, createRuntimeOf?: CreateRuntime, seed = 1) =>
  simulate([checkout, purse], { seed, faults, ...(createRuntimeOf && { createRuntime: createRuntimeOf }) })
const status = (world: World): string | undefined => world.state(checkout, '1')?.status

describe('a flow', () => {
  test('goes on as messages come, beside other messages', async () => {
    const world = worldOf()
    world.send(Checkout, '1').Place({ cents: 30 })
    await world.advance('1h')
    expect(status(world)).toBe('paid')
    world.send(Checkout, '1').Look()
    world.send(Checkout, '1').Confirmed()
    await world.advance('1m')
    expect(world.state(checkout, '1')).toEqual({ status: 'shipped', parcels: ['parcel 1'], looks: 1 })
    expect(world.state(purse, 'p')?.cents).toBe(70)
    expect(world.check()).toEqual([])
  })

  test('that waits for days does so in no time', async () => {
    const world = worldOf()
    world.send(Checkout, '1').Place({ cents: 30 })
    await world.advance('1 day')
    expect(status(world)).toBe('paid')
    await world.advance('2 days')
    expect(status(world)).toBe('given up')
    expect(world.state(purse, 'p')?.cents).toBe(100)
    expect(world.failed().map(({ code, type }) => [code, type])).toEqual([['flow-failed', 'Place']])
    expect(world.check()).toEqual([])
  })

  test('that is cancelled gives back what it took, and is not kept as failed', async () => {
    const world = worldOf()
    world.send(Checkout, '1').Place({ cents: 30 })
    await world.advance('1h')
    world.cancel(Checkout, '1')
    await world.advance('1m')
    expect(status(world)).toBe('given up')
    expect(world.state(purse, 'p')?.cents).toBe(100)
    expect(world.failed()).toEqual([])
    expect(world.check()).toEqual([])
  })

  test('has its steps made to fail by the plan, and tries them again', async () => {
    const world = worldOf({ handlerThrows: 0.9 })
    world.send(Checkout, '1').Place({ cents: 30 })
    world.send(Checkout, '1').Confirmed()
    await world.advance('1 day')
    expect(status(world)).toBe('shipped')
    expect(world.faults.counts.handlerThrows.injected).toBeGreaterThan(1)
    expect(world.check()).toEqual([])
  })

  test('the same seed gives the same run', async () => {
    const hashOf = async (seed: number): Promise<string> => {
      const world = simulate([checkout, purse], { seed, faults: 'drawn' })
      world.send(Checkout, '1').Place({ cents: 30 })
      world.send(Checkout, '1').Confirmed()
      await world.advance('3 days')
      return world.trace.hash()
    }
    expect(await hashOf(7)).toBe(await hashOf(7))
    expect(await hashOf(7)).not.toBe(await hashOf(8))
  })
})

describe('an exploration of a checkout', () => {
  const money = (world: World): readonly string[] =>
    Object.entries(world.state(purse, 'p')?.taken ?? {}).flatMap(([order]) =>
      world.state(checkout, order)?.status === 'shipped' ? [] : [`${order} has paid, and got nothing`],
    )
  const seeds = (of: typeof checkout, count: number) =>
    explore([of, purse], {
      seeds: count,
      workload: async (world, random) => {
        for (const id of ['1', '2']) {
          world.send(Checkout, id).Place({ cents: random.pick([30, 60, 200]) }, { key: `order-${id}` })
          if (random.chance(0.5)) await world.advance(random.int(86_400_000))
          if (random.chance(0.5)) world.send(Checkout, id).Confirmed()
          if (random.chance(0.3)) world.cancel(Checkout, id)
        }
        await world.advance('4 days')
      },
      // An environment may die too often over a message, and nothing else may lose one.
      faults: { crash: 0, zombie: 0, slow: 0, handlerHangs: 0 },
      invariants: { 'who pays gets a parcel': money },
    })

  test('keeps its money under all faults', async () => {
    const { seeds: ran, commits } = await seeds(checkout, 150)
    expect([ran, commits > 1000]).toEqual([150, true])
  }, 60_000)

  test('finds the compensation that forgets it, and tells the run', async () => {
    const found = await seeds(checkoutOf(true), 150).catch((thrown: unknown) => thrown)
    expect(found).toBeInstanceOf(Violated)
    expect((found as Violated).message).toContain('has paid, and got nothing')
    expect((found as Violated).message).toContain('client sends Place')
  }, 60_000)
})

describe('the books find', () => {
  const writing =
    (change: (flows: string) => string): CreateRuntime =>
    (process, host) => {
      const store: Host['store'] = {
        ...host.store,
        put: (item, condition) => {
          const { flows, ...attributes } = item.attributes
          return host.store.put(
            { ...item, attributes: { ...attributes, ...(typeof flows === 'string' && { flows: change(flows) }) } },
            condition,
          )
        },
      }
      return createRuntime(process, { ...host, store })
    }
  const checked = async (change: (flows: string) => string): Promise<string> => {
    const world = worldOf({}, writing(change))
    world.send(Checkout, '1').Place({ cents: 30 })
    await world.advance('1h')
    world.send(Checkout, '1').Confirmed()
    await world.advance('1h')
    return world.check().join('\n')
  }

  test('a journal that forgets what came', async () => {
    expect(await checked((flows) => flows.replace(/"events":\[\{.*?\}\]/, '"events":[]'))).toContain('which nothing will bring')
  })

  test('a flow that says it waits, and has steps to do', async () => {
    expect(await checked((flows) => flows.replace(',"running":true', ''))).toContain(
      'I5: checkout/1 waits for "step ship" of its flow',
    )
  })

  test('a flow that did not begin', async () => {
    expect(await checked((flows) => flows.replace('"id":"~client/sim/0/0"', '"id":"another"'))).toContain(
      'I3: checkout/1 has a flow of another, which did not begin in this commit',
    )
  })
})
