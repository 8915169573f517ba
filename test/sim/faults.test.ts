import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { contract, defineProcess, evolving } from '../../lib/index.ts'
import { type FaultPlan, simulate, type World } from '../../lib/sim/index.ts'

const day = 24 * 3600 * 1000
const messages = { Add: z.object({ by: z.int() }), Close: z.object({}) }
const Count = contract('count', { messages })
const define = (mailbox: 'ordered' | 'unordered') =>
  defineProcess(Count, { state: z.object({ all: z.array(z.int()) }), deploy: { mailbox } }).handle({
    initial: () => ({ all: [] }),
    on: {
      Add(ctx, { by }) {
        ctx.state.all.push(by)
      },
      Close: (ctx) => ctx.end(),
    },
  })
const count = define('ordered')

const worldOf = (faults: Partial<FaultPlan>, seed = 1, processes = [count]): World => simulate(processes, { seed, faults })
/** Adds 0, 1, 2 … to one instance, one a minute. */
const add = async (world: World, times: number): Promise<void> => {
  for (let by = 0; by < times; by += 1) {
    world.send(Count, 'a').Add({ by })
    await world.advance('1m')
  }
}
const totalOf = (world: World): readonly number[] => world.state(count, 'a')?.all ?? []

describe('retention', () => {
  test('loses what a mailbox cannot hand out in time, and only there I1 is no violation', async () => {
    const world = worldOf({ retention: 1, throttle: 0.95 })
    await add(world, 30)
    world.calm()
    await world.run()
    const { bit } = world.faults.counts.retention
    expect(bit).toBeGreaterThan(0)
    expect(totalOf(world)).toHaveLength(30 - bit)
    expect(world.check()).toEqual([])
  })
})

describe('a message that SQS gives up', () => {
  test('is redriven by a person, and applied once, though others have passed it by', async () => {
    const world = worldOf({ givenUp: 1, throttle: 0.8 })
    await add(world, 30)
    world.calm()
    await world.run()
    expect(world.faults.counts.givenUp.bit).toBeGreaterThan(0)
    const all = totalOf(world)
    expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n))
    expect(all).not.toEqual([...all].sort((a, b) => a - b))
    expect(world.check()).toEqual([])
  })
})

describe('a message without an id that SQS gives up', () => {
  test('is applied once, under the name that its queue gives it anew', async () => {
    let bit = 0
    for (let seed = 1; seed <= 20; seed += 1) {
      const world = worldOf({ givenUp: 1, throttle: 0.8 }, seed)
      world.post(Count, JSON.stringify({ to: 'a', type: 'Add', body: { by: 1 } }), 'a', 'by-hand')
      await world.advance('1h')
      world.calm()
      await world.run()
      expect(totalOf(world)).toEqual([1])
      expect(world.check()).toEqual([])
      bit += world.faults.counts.givenUp.bit
    }
    expect(bit).toBeGreaterThan(0)
  })
})

describe('old and new code at once', () => {
  const Old = contract('count', { messages: { Add: messages.Add } })
  const old = defineProcess(Old, { state: z.object({ sum: z.int() }) }).handle({
    initial: () => ({ sum: 0 }),
    on: {
      Add(ctx, { by }) {
        ctx.state.sum += by
      },
    },
  })
  const state = evolving(z.object({ sum: z.int() })).to(z.object({ sum: z.int(), times: z.int() }), ({ sum }) => ({
    sum,
    times: 0,
  }))
  const fresh = defineProcess(Count, { state }).handle({
    initial: () => ({ sum: 0, times: 0 }),
    on: {
      Add(ctx, { by }) {
        ctx.state.sum += by
        ctx.state.times += 1
      },
      Close() {},
    },
  })

  test('lose nothing: old code returns what meets a newer state, and keeps a type it does not know with the reason', async () => {
    let closed = 0
    let bit = 0
    for (let seed = 1; seed <= 20; seed += 1) {
      const world = simulate([fresh], { seed, earlier: [old], faults: { deploy: 1, recycle: 0.5, staleCache: 0.5 } })
      for (let n = 0; n < 20; n += 1) {
        world.send(Count, 'a').Add({ by: 1 })
        world.send(Count, 'b').Close()
        await world.advance('2m')
      }
      world.calm()
      await world.run()
      expect(world.check()).toEqual([])
      expect(world.state(fresh, 'a')?.sum).toBe(20)
      expect(world.failed().every(({ code, type }) => code === 'unknown-type' && type === 'Close')).toBe(true)
      closed += world.failed().length
      bit += world.faults.counts.deploy.bit
    }
    expect(closed).toBeGreaterThan(0)
    expect(bit).toBeGreaterThan(0)
  })
})

describe('late deletes of what has expired', () => {
  test('let a tombstone be met long after its time, and the instance begins anew all the same', async () => {
    for (const lateTtl of [0, 1]) {
      const world = worldOf({ lateTtl })
      world.send(Count, 'a').Close()
      await world.advance(400 * day)
      world.send(Count, 'a').Add({ by: 7 })
      await world.run()
      expect(totalOf(world)).toEqual([7])
      expect(world.check()).toEqual([])
      expect(world.faults.counts.lateTtl.bit > 0).toBe(lateTtl === 1)
    }
  })
})

describe('calls, receives and caches', () => {
  test('that are late or stale are counted, and make good what they spoil', async () => {
    const world = worldOf({ slow: 0.02, late: 0.3, staleCache: 0.8 })
    await add(world, 100)
    world.calm()
    await world.run()
    const { slow, late, staleCache } = world.faults.counts
    for (const { injected, bit } of [slow, late, staleCache]) {
      expect(bit).toBeGreaterThan(0)
      expect(bit).toBeLessThanOrEqual(injected)
    }
    expect(totalOf(world)).toHaveLength(100)
    expect(world.check()).toEqual([])
  })

  test('an unordered queue hands out by age, or in whatever order', async () => {
    const heard = async (reordered: number): Promise<readonly number[]> => {
      const world = worldOf({ reordered }, 1, [define('unordered')])
      for (let by = 0; by < 40; by += 1) world.send(Count, 'a').Add({ by })
      await world.run()
      expect(world.faults.counts.reordered.bit > 0).toBe(reordered === 1)
      return totalOf(world)
    }
    expect([...(await heard(1))].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n))
    expect(await heard(0)).toHaveLength(40)
  })
})
