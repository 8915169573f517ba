import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { contract, defineProcess } from '../../lib/index.ts'
import type { Host } from '../../lib/runtime/host.ts'
import { createRuntime } from '../../lib/runtime/runtime.ts'
import type { CreateRuntime } from '../../lib/sim/cloud.ts'
import { type FaultPlan, simulate, type World } from '../../lib/sim/index.ts'

const minute = 60_000
const start = Date.UTC(2026, 0, 1)

const Egg = contract('egg', {
  messages: {
    Boil: z.object({ ms: z.int(), name: z.string().optional() }),
    Stop: z.object({ name: z.string() }),
    Beat: z.object({ ms: z.int() }),
  },
})
// When the handlers really run, as no process can know.
let world: World
const came = (): number => world.now().getTime() - start
const egg = defineProcess(Egg, {
  state: z.object({ rang: z.array(z.object({ name: z.string(), due: z.number(), came: z.number() })) }),
  internal: { Ring: z.object({ name: z.string() }) },
}).handle({
  initial: () => ({ rang: [] }),
  on: {
    Boil(ctx, { ms, name = 'egg' }) {
      ctx.after(ms, { name }).Ring({ name })
    },
    Stop: (ctx, { name }) => ctx.cancel(name),
    Beat(ctx, { ms }) {
      ctx.every(ms, { name: 'beat' }).Ring({ name: 'beat' })
    },
    Ring(ctx, { name }) {
      ctx.state.rang.push({ name, due: ctx.now.getTime() - start, came: came() })
    },
  },
})

const worldOf = (faults: Partial<FaultPlan> = {}, createRuntimeOf?: CreateRuntime, seed = 1): World => {
  world = simulate([egg], { seed, faults, ...(createRuntimeOf && { createRuntime: createRuntimeOf }) })
  return world
}
const rang = () => world.state(egg, 'a')?.rang ?? []
const boil = (ms: number, name?: string): void => world.send(Egg, 'a').Boil({ ms, ...(name !== undefined && { name }) })

describe('a timer', () => {
  test.each([
    ['of seconds waits on the timer queue and comes within seconds', 20_000, 3000, 0],
    ['of a quarter of an hour waits there too', 15 * minute, 3000, 0],
    ['of hours is a schedule and comes within a minute or so', 5 * 60 * minute, 65_000, 1],
    ['of days is one too', 3 * 1440 * minute, 65_000, 1],
  ])('%s', async (_, ms, lateMsMax, schedules) => {
    worldOf()
    boil(ms)
    await world.advance(ms + 2 * minute)
    const [one] = rang()
    expect(one?.due).toBeGreaterThanOrEqual(ms)
    expect(one?.came).toBeGreaterThanOrEqual(one?.due ?? 0)
    expect((one?.came ?? 0) - (one?.due ?? 0)).toBeLessThan(lateMsMax)
    expect(world.calls.schedules).toBe(schedules)
    expect(world.check()).toEqual([])
  })

  test('that is cancelled does not come, and one that is set again comes once, at its new time', async () => {
    worldOf()
    boil(10_000, 'gone')
    boil(10_000, 'moved')
    await world.advance(5000)
    world.send(Egg, 'a').Stop({ name: 'gone' })
    boil(40_000, 'moved')
    await world.run()
    expect(rang().map(({ name }) => name)).toEqual(['moved'])
    expect(rang()[0]?.due).toBeGreaterThanOrEqual(45_000)
    expect(world.check()).toEqual([])
  })

  test('that comes again keeps its beat, and leaves out what an outage has missed', async () => {
    worldOf({ outage: 1 }, undefined, 3)
    world.send(Egg, 'a').Beat({ ms: 2 * minute })
    await world.advance(70 * minute)
    world.calm()
    await world.advance(30 * minute)
    const dues = rang().map(({ due }) => due)
    expect(dues.length).toBeGreaterThan(20)
    expect(new Set(dues.map((due) => due % (2 * minute))).size).toBe(1)
    expect(new Set(dues).size).toBe(dues.length)
    expect(world.check()).toEqual([])
  })

  test('is not among what was sent, and what it does is', async () => {
    worldOf()
    boil(1000)
    await world.run()
    expect(world.sent.map(({ type }) => type)).toEqual(['Boil'])
  })
})

describe('a world', () => {
  test('is at rest while timers wait, or come again and again', async () => {
    worldOf()
    boil(30 * 1440 * minute)
    world.send(Egg, 'a').Beat({ ms: 20 * minute })
    await world.run()
    expect(world.check()).toEqual([])
    expect(came()).toBeGreaterThan(1410 * minute)
    expect(came()).toBeLessThan(1440 * minute + 61 * minute)
  })

  test('fires each timer once under all faults', async () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      world = simulate([egg], { seed, faults: 'drawn' })
      for (const [n, ms] of [1000, minute, 14 * minute, 16 * minute, 3 * 60 * minute].entries()) boil(ms, `timer-${n}`)
      await world.advance('1h')
      world.calm()
      await world.run()
      expect(world.check()).toEqual([])
      const lost = world.failed().length
      expect(rang().length + lost).toBe(5)
      expect(new Set(rang().map(({ name }) => name)).size).toBe(rang().length)
    }
  })
})

describe('the books find', () => {
  const on =
    (change: (host: Host) => Partial<Host>): CreateRuntime =>
    (process, host) =>
      createRuntime(process, { ...host, ...change(host) })

  test('a timer that is listed and that nobody brings', async () => {
    worldOf(
      {},
      on(() => ({ scheduler: { schedule: async () => {} } })),
    )
    boil(60 * minute)
    await world.run()
    expect(world.check().join()).toContain('which was not done')
    expect(world.check().join()).toContain('I5: egg/a lists the timer egg, and nothing will bring it')
  })

  test('a timer whose message is another than its commit holds', async () => {
    worldOf(
      {},
      on(({ scheduler }) => ({
        scheduler: { schedule: (one) => scheduler.schedule({ ...one, body: one.body.replace('"hops":0', '"hops":1') }) },
      })),
    )
    boil(60 * minute)
    await world.run()
    expect(world.check().join()).toContain('I3: no commit holds what was sent to egg')
  })

  test('a timer that is handled though the record does not list it any more', async () => {
    const forgetful = on(({ store }) => ({
      store: {
        ...store,
        // What the record lists it hides from the runtime's writes, once it was listed.
        put: (item, condition) => {
          const { waits: _, ...attributes } = item.attributes
          return store.put(
            { ...item, attributes: item.attributes.effects === undefined ? attributes : item.attributes },
            condition,
          )
        },
      },
    }))
    worldOf({ crash: 0 }, forgetful)
    boil(1000, 'one')
    await world.advance(400)
    world.send(Egg, 'a').Stop({ name: 'another' })
    await world.run()
    expect(world.check().join()).toContain('which its record did not list any more')
  })
})
