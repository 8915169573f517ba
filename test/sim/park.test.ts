import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { contract, type Deploy, defineProcess } from '../../lib/index.ts'
import { attend, explore, type FaultPlan, simulate, type World } from '../../lib/sim/index.ts'
import { createRandom } from '../../lib/sim/random.ts'

const Book = contract('book', { messages: { Write: z.object({ n: z.int() }) } })
const define = (cannot: (n: number) => boolean, deploy: Deploy = {}) =>
  defineProcess(Book, { state: z.object({ pages: z.array(z.int()) }), deploy: { attempts: 2, ...deploy } }).handle({
    initial: () => ({ pages: [] }),
    on: {
      Write(ctx, { n }) {
        if (cannot(n)) throw new Error('the ink is dry')
        ctx.state.pages.push(n)
      },
    },
  })

let dry = true
const book = define((n) => n === 13 && dry)
/** A world in which book `a` stands still on page 13, with some pages behind it. */
const standing = async (behind: readonly number[], faults: Partial<FaultPlan> = {}, process = book): Promise<World> => {
  dry = true
  const world: World = simulate([process], { faults })
  for (const n of [1, 13, ...behind]) world.send(Book, 'a').Write({ n })
  await world.run()
  return world
}
const pages = (world: World, id = 'a') => (world.states().book?.[id] as { pages: number[] } | undefined)?.pages
const only = (world: World) => {
  const [failed, ...more] = world.failed()
  if (failed === undefined || more.length > 0) throw new Error(`${more.length + 1} failures, and not one`)
  return failed
}

describe('an instance that stands still', () => {
  test('is at rest with all that waits behind it, and says on what', async () => {
    const world = await standing([2, 3])
    expect(pages(world)).toEqual([1])
    expect(only(world)).toMatchObject({ process: 'book', instance: 'a', code: 'handler-failed', body: { n: 13 }, parked: true })
    expect(world.check()).toEqual([])
  })

  test('goes on in exact order when it is redriven', async () => {
    const world = await standing([2, 3])
    dry = false
    world.redrive(only(world), { by: 'a test' })
    world.send(Book, 'a').Write({ n: 4 })
    await world.run()
    expect(pages(world)).toEqual([1, 13, 2, 3, 4])
    expect(world.failed()).toEqual([])
    expect(world.resolved()).toMatchObject([{ how: 'redriven', body: { n: 13 }, parked: false }])
    expect(world.check()).toEqual([])
  })

  test('goes on without what is discarded, and with what is edited', async () => {
    const discarded = await standing([2])
    discarded.discard(only(discarded), { why: 'a test' })
    const edited = await standing([2])
    edited.redrive(only(edited), { body: { n: 14 } })
    for (const world of [discarded, edited]) await world.run()
    expect([pages(discarded), pages(edited)]).toEqual([
      [1, 2],
      [1, 14, 2],
    ])
    expect([...discarded.check(), ...edited.check()]).toEqual([])
  })

  test('goes on when its dead letters are moved back, as the console does', async () => {
    const world = await standing([2])
    dry = false
    await world.advance('10m')
    world.moveDeadLetters('book')
    await world.run()
    expect(pages(world)).toEqual([1, 13, 2])
    expect(world.check()).toEqual([])
  })

  test('keeps what fails again anew, each time with a dead letter', async () => {
    const world = await standing([2])
    for (let n = 0; n < 3; n += 1) {
      world.redrive(only(world))
      await world.run()
    }
    expect(world.resolved()).toHaveLength(3)
    expect(only(world).parked).toBe(true)
    expect(world.check()).toEqual([])
  })

  test('with a thousand messages behind it goes on in exact order, while others keep their pace', async () => {
    const many = Array.from({ length: 1000 }, (_, n) => n + 100)
    const world = await standing(many)
    let round = 0
    /** ms until 50 others have written a page each. */
    const paced = async (): Promise<number> => {
      const began = world.now().getTime()
      const others = Array.from({ length: 50 }, (_, n) => `other-${n}`)
      round += 1
      for (const id of others) world.send(Book, id).Write({ n: round })
      while (!others.every((id) => pages(world, id)?.includes(round))) await world.advance(50)
      return world.now().getTime() - began
    }
    const alone = await paced()
    dry = false
    await world.run()
    const began = { at: world.now().getTime(), commits: world.counts().commits }
    world.redrive(only(world))
    const beside = await paced()
    while (pages(world)?.length !== many.length + 2) await world.advance(50)
    const drained = world.now().getTime() - began.at
    const commits = world.counts().commits - began.commits - 50
    await world.run()
    process.stdout.write(
      `1,000 stashed: ${commits} commits in ${drained} ms; 50 others take ${beside} ms beside it, ${alone} ms alone\n`,
    )
    expect(pages(world)).toEqual([1, 13, ...many])
    expect(commits).toBeLessThanOrEqual(60)
    expect(beside).toBeLessThan(2 * alone + 100)
    expect(world.check()).toEqual([])
  }, 60_000)
})

describe('an operator', () => {
  test('leaves nothing that stands still, by redriving or in the end by giving up', async () => {
    const world = await standing([2, 3])
    await attend(world, createRandom(1))
    expect(only(world).parked).toBe(true)
    await attend(world, createRandom(1), { discards: true })
    expect(pages(world)).toEqual([1, 2, 3])
    expect(world.failed()).toEqual([])
    expect(world.check()).toEqual([])
  })

  test('at work while things go wrong keeps every invariant, and poison that is mended is applied in order', async () => {
    const explored = await explore([define(() => false)], {
      seeds: 40,
      faults: { poison: 0.1, redrive: 0.6 },
      workload: async (world, random) => {
        for (let n = 0; n < 12; n += 1) {
          world.send(Book, random.pick(['a', 'b'])).Write({ n })
          await world.advance(random.int(300_000))
        }
      },
      invariants: {
        'all pages are there, in order': ({ states, failed }) =>
          failed().length === 0 &&
          Object.values(states().book ?? {}).flatMap((one) => (one as { pages: number[] }).pages).length === 12 &&
          Object.values(states().book ?? {}).every((one) => {
            const { pages: held } = one as { pages: number[] }
            return held.join() === held.toSorted((a, b) => a - b).join()
          }),
      },
    })
    expect(explored.faults.redrive.bit).toBeGreaterThan(0)
    expect(explored.faults.poison.bit).toBeGreaterThan(0)
  }, 60_000)
})

test('a process that goes on without what failed applies it when it is redriven, after what passed it by', async () => {
  const world = await standing(
    [2],
    {},
    define((n) => n === 13 && dry, { onFailure: 'setAside' }),
  )
  expect(pages(world)).toEqual([1, 2])
  expect(only(world).parked).toBe(false)
  dry = false
  world.redrive(only(world))
  await world.run()
  expect(pages(world)).toEqual([1, 2, 13])
  expect(world.check()).toEqual([])
})
