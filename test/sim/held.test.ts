// Worlds in which a queue refuses for good what is sent to it, until somebody mends it and redrives.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { contract, type Deploy, defineProcess } from '../../lib/index.ts'
import { explore, simulate, type World } from '../../lib/sim/index.ts'

const Box = contract('box', { messages: { Put: z.object({ n: z.int() }) } })
const Writer = contract('writer', { messages: { Write: z.object({ n: z.int() }) } })

const box = defineProcess(Box, { state: z.object({ letters: z.array(z.int()) }) }).handle({
  initial: () => ({ letters: [] }),
  on: {
    Put(ctx, { n }) {
      ctx.state.letters.push(n)
    },
  },
})
const writer = (deploy: Deploy = {}) =>
  defineProcess(Writer, { state: z.object({ written: z.int() }), uses: [Box], deploy }).handle({
    initial: () => ({ written: 0 }),
    on: {
      Write(ctx, { n }) {
        ctx.state.written += 1
        ctx.send(Box, 'a').Put({ n })
      },
    },
  })
const letters = (world: World): readonly number[] => (world.states().box?.a as { letters: number[] } | undefined)?.letters ?? []
const written = (world: World) => (world.states().writer?.w as { written: number } | undefined)?.written

/** A world in which the box refuses all from some moment on, with five messages for its writer after it. */
const refused = async (deploy: Deploy = {}): Promise<World> => {
  const world: World = simulate([box, writer(deploy)], { faults: { refused: 1 } })
  await world.advance('15m')
  for (let n = 1; n <= 5; n += 1) {
    world.send(Writer, 'w').Write({ n })
    await world.advance('10m')
  }
  return world
}

describe('a queue that refuses for good what is sent to it', () => {
  test('parks who sends there: it stands still on what was not sent, and whoever looks finds it', async () => {
    const world = await refused()
    expect(world.failed()).toMatchObject([
      { process: 'writer', instance: 'w', code: 'not-sent', type: 'Put', body: { n: 1 }, parked: true },
    ])
    expect([written(world), letters(world)]).toEqual([1, []])
    await world.run()
    expect(world.check()).toEqual([])
  })

  test('that is mended takes all in exact order once the failure is redriven', async () => {
    const world = await refused()
    world.mend()
    for (const one of world.failed()) world.redrive(one)
    await world.run()
    expect(letters(world)).toEqual([1, 2, 3, 4, 5])
    expect(world.failed()).toEqual([])
    expect(world.check()).toEqual([])
  })

  test('does not stop who sets aside what fails, and order holds for what waits behind', async () => {
    const world = await refused({ onFailure: 'setAside' })
    expect(written(world)).toBe(5)
    expect(world.failed()).toMatchObject([{ code: 'not-sent', parked: false }])
    world.mend()
    await world.advance('10m')
    expect(letters(world)).toEqual([])
    world.moveDeadLetters('writer')
    await world.run()
    expect(letters(world)).toEqual([1, 2, 3, 4, 5])
    expect(world.check()).toEqual([])
  })

  test('loses what a person gives up, and nothing else', async () => {
    const world = await refused({ onFailure: 'setAside' })
    world.mend()
    for (const one of world.failed()) world.discard(one, { why: 'a test' })
    await world.run()
    expect(letters(world)).toEqual([2, 3, 4, 5])
    expect(world.resolved()).toMatchObject([{ how: 'discarded', code: 'not-sent', body: { n: 1 } }])
    expect(world.check()).toEqual([])
  })

  test('among all that can go wrong keeps every letter in order', async () => {
    const explored = await explore([box, writer()], {
      seeds: 40,
      faults: { refused: 0.6, redrive: 0.5 },
      workload: async (world, random) => {
        for (let n = 1; n <= 8; n += 1) {
          world.send(Writer, 'w').Write({ n })
          await world.advance(random.int(300_000))
        }
      },
      invariants: { 'all letters are there, in order': (world) => letters(world).join() === '1,2,3,4,5,6,7,8' },
    })
    expect(explored.faults.refused.bit).toBeGreaterThan(0)
  }, 60_000)
})
