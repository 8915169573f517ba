import { describe, expect, test } from '@jest/globals'
import { expectTypeOf } from 'expect-type'
import * as z from 'zod'
import { contract, defineProcess, evolving } from '../../lib/index.ts'
import { runSeed } from '../../lib/sim/explore.ts'
import { simulate } from '../../lib/sim/index.ts'
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
const Echo = contract('echo', { messages: { Say: z.object({ to: z.string() }) } })
const echo = defineProcess(Echo, { state: z.object({}), uses: [Counter] }).handle({
  initial: () => ({}),
  on: {
    Say(ctx, { to }) {
      ctx.send(Counter, to).Add({ by: 1 })
    },
  },
})
const quiet = () => simulate([counter], { environmentsMax: 1 })

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
    expect(world.check()).toEqual([])
  })

  test('shows states by process and by contract, with their types', async () => {
    const world = quiet()
    world.send(Counter, 'a').Add({ by: 1 })
    world.send(Counter, 'b').Add({ by: 2 })
    await world.run()
    const state = world.state(Counter, 'a')
    expectTypeOf(state).toEqualTypeOf<{ count: number } | undefined>()
    expect(state).toEqual({ count: 1 })
    expect(world.state(counter, 'b')?.count).toBe(2)
    expect(world.state(counter, 'c')).toBeUndefined()
    expect(world.view(Counter, 'b')).toEqual({ count: 2 })
    expect(world.states(counter).map(({ count }) => count)).toEqual([1, 2])
    expect(world.instances(counter).get('b')).toEqual({ count: 2 })
  })

  test('lists what was sent, from outside and by processes', async () => {
    const world = simulate([echo, counter])
    world.send(Echo, 'a').Say({ to: 'x' }, { key: 'said' })
    await world.run()
    expect(world.sent).toEqual([
      { from: 'client', to: 'echo/a', type: 'Say', body: { to: 'x' } },
      { from: 'echo/a', to: 'counter/x', type: 'Add', body: { by: 1 } },
    ])
    expect(world.sent.filter(({ to }) => to.startsWith('counter/'))).toHaveLength(1)
  })

  test('runs from seed 1 without being told, and nothing goes wrong in it', async () => {
    const world = simulate([counter])
    expect(world.seed).toBe(1)
    expect(Object.values(world.faults.plan).every((probability) => probability === 0)).toBe(true)
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
