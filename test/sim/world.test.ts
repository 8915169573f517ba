import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { contract, defineProcess, evolving } from '../../lib/index.ts'
import { runSeed } from '../../lib/sim/explore.ts'
import { explore, simulate, Violated, type World } from '../../lib/sim/index.ts'
import { createRandom } from '../../lib/sim/random.ts'
import { chatter, talkAtRandom } from './chatter.ts'

const Counter = contract('counter', {
  messages: { Add: z.object({ by: z.int() }), Close: z.object({}) },
  view: z.object({ count: z.int() }),
})
const counter = defineProcess(Counter, { state: z.object({ count: z.int() }) }).handle({
  initial: () => ({ count: 0 }),
  view: ({ count }) => ({ count }),
  on: {
    Add(ctx, { by }) {
      ctx.state.count += by
    },
    Close: (ctx) => ctx.end(),
  },
})
const quiet = (seed = 1): World => simulate([counter], { seed, environmentsMax: 1 })

describe('a world', () => {
  test('runs the same from the same seed, and otherwise from another', async () => {
    const hashOf = async (seed: number): Promise<string> =>
      (await runSeed(chatter, { seeds: 1, seed, workload: talkAtRandom })).trace.hash()
    expect(await hashOf(5)).toBe(await hashOf(5))
    expect(await hashOf(5)).not.toBe(await hashOf(6))
  })

  test('applies a message under one key once, and without a key each time', async () => {
    const world = quiet()
    for (let n = 0; n < 3; n += 1) {
      world.send(Counter, 'keyed').Add({ by: 1 }, { key: 'click' })
      world.send(Counter, 'plain').Add({ by: 1 })
      await world.advance('10m')
    }
    await world.run()
    expect(world.states()).toEqual({ counter: { keyed: { count: 1 }, plain: { count: 3 } } })
    expect(world.state(counter, 'plain')).toEqual({ count: 3 })
    expect(world.view(Counter, 'plain')).toEqual({ count: 3 })
    expect(world.check()).toEqual([])
  })

  test('spends one read and one write on the first message to an instance, and one write on each later one', async () => {
    const world = quiet()
    for (let n = 0; n < 5; n += 1) {
      world.send(Counter, 'a').Add({ by: 1 })
      await world.run()
    }
    expect(world.calls).toMatchObject({
      reads: 1,
      writes: 5,
      refused: 0,
      queries: 0,
      sends: 0,
      receives: 5,
      deletes: 5,
      invocations: 5,
    })
  })

  test('refuses a body that its contract does not know', () => {
    expect(() => quiet().send(Counter, 'a').Add({ by: 0.5 })).toThrow('invalid-value')
  })

  test('knows that a message was applied though it ended its instance', async () => {
    const world = quiet()
    world.send(Counter, 'a').Add({ by: 1 })
    world.send(Counter, 'a').Close()
    await world.run()
    expect(world.states()).toEqual({ counter: {} })
    world.send(Counter, 'a').Add({ by: 2 })
    await world.run()
    expect(world.state(counter, 'a')).toEqual({ count: 2 })
    expect(world.check()).toEqual([])
  })

  test('lists what was kept as failed, with the reason', async () => {
    const world = quiet()
    world.post(Counter, 'not JSON', 'a', 'one')
    world.post(Counter, '{"to":"a","type":"Divide"}', 'a', 'two')
    await world.run()
    expect(
      world
        .failed()
        .map(({ instance, code }) => `${instance} ${code}`)
        .sort(),
    ).toEqual(['a unknown-type', '~malformed malformed'])
    expect(world.check()).toEqual([])
  })

  test('runs a state that evolves', async () => {
    const state = evolving(z.object({ n: z.int() })).to(z.object({ count: z.int() }), ({ n }) => ({ count: n }))
    const evolved = defineProcess(Counter, { state }).handle({ ...counter.behaviour, initial: () => ({ count: 0 }) } as never)
    const world = simulate([evolved], { seed: 1 })
    world.send(Counter, 'a').Add({ by: 3 })
    await world.run()
    expect(world.state(evolved, 'a')).toEqual({ count: 3 })
  })

  test('keeps its lines on request, and they are not part of the hash', async () => {
    const [kept, plain] = [true, false].map((keepLines) => simulate([counter], { seed: 1, keepLines }))
    for (const world of [kept, plain]) {
      world?.send(Counter, 'a').Add({ by: 1 })
      await world?.run()
    }
    expect(kept?.trace.lines().join('\n')).toContain('handles ~client/sim/0/0>counter/a 1')
    expect(plain?.trace.lines()).toEqual([])
    expect(kept?.trace.hash()).toBe(plain?.trace.hash())
  })
})

describe('exploring', () => {
  const workload = (world: World): void => world.send(Counter, 'a').Add({ by: 1 })

  test('stops at the first seed that breaks a claim, and names it', async () => {
    const claims = { 'nobody counts': (world: World) => world.state(counter, 'a')?.count === 0 }
    const violated = await explore([counter], { seeds: { from: 7, count: 3 }, workload, invariants: claims }).catch(
      (thrown: unknown) => thrown,
    )
    expect(violated).toBeInstanceOf(Violated)
    expect(violated).toMatchObject({ seed: 7, violations: ['nobody counts'] })
  })

  test('reports what was run', async () => {
    const { seeds, messages, commits, faults } = await explore([counter], { seeds: 20, workload })
    expect({ seeds, messages }).toEqual({ seeds: 20, messages: 20 })
    expect(commits).toBeGreaterThanOrEqual(20)
    expect(faults.crash.bit).toBeLessThanOrEqual(faults.crash.injected)
  })

  test('gives each workload chance of its own', async () => {
    const drawn: number[] = []
    await explore([counter], { seeds: 2, workload: (_, random) => void drawn.push(random.next()) })
    expect(new Set(drawn).size).toBe(2)
    expect(drawn).not.toContain(createRandom(1).next())
  })
})
