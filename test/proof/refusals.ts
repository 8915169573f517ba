// An app of letters that queues refuse until somebody has mended them, and a workload of writers and a person who redrives and gives up.
//
// Each writer numbers what it sends to each box, so that a box tells whether all came, once, and in order.
import * as z from 'zod'
import { type App, contract, type Deploy, defineApp, defineProcess } from '../../lib/index.ts'
import type { Failed, Random, World } from '../../lib/sim/index.ts'

const letter = z.object({ by: z.string(), n: z.int() })
const Box = contract('box', { messages: { Put: letter } })
const Heap = contract('heap', { messages: { Put: letter } })
const orders = { messages: { Write: z.object({ to: z.enum(['box', 'heap']), ids: z.array(z.string()), later: z.boolean() }) } }
const Writer = contract('writer', orders)
const Scribbler = contract('scribbler', orders)

const kept = z.object({ letters: z.array(letter) })
const keeping = (own: typeof Box | typeof Heap, deploy: Deploy) =>
  defineProcess(own, { state: kept, deploy }).handle({
    initial: () => ({ letters: [] }),
    on: {
      Put(ctx, put) {
        ctx.state.letters.push(put)
      },
    },
  })

const wrote = z.object({ sent: z.record(z.string(), z.int()), turns: z.int(), rings: z.int(), waits: z.int() })
const writing = (own: typeof Writer | typeof Scribbler, deploy: Deploy) =>
  defineProcess(own, {
    state: wrote,
    uses: [Box, Heap],
    internal: { Turn: z.object({}), Ring: z.object({}) },
    deploy: { attempts: 2, ...deploy },
  }).handle({
    initial: () => ({ sent: {}, turns: 0, rings: 0, waits: 0 }),
    on: {
      Write(ctx, { to, ids, later }) {
        for (const id of ids) {
          const at = `${to}/${id}`
          const n = (ctx.state.sent[at] ?? 0) + 1
          ctx.state.sent[at] = n
          ctx.send(to === 'box' ? Box : Heap, id).Put({ by: `${own.name}/${ctx.self.id}`, n })
        }
        if (!later) return ctx.sendSelf().Turn()
        ctx.state.waits += 1
        ctx.after(ctx.random() < 0.5 ? '5s' : '1h', { name: `ring-${ctx.state.waits}` }).Ring()
      },
      Turn(ctx) {
        ctx.state.turns += 1
      },
      Ring(ctx) {
        ctx.state.rings += 1
      },
    },
  })

export const refusals: App = defineApp('refusals', import.meta.url, [
  keeping(Box, {}),
  keeping(Heap, { mailbox: 'unordered' }),
  writing(Writer, { timers: true }),
  writing(Scribbler, { timers: true, onFailure: 'setAside' }),
])

const ids = ['a', 'b'] as const

const treat = (world: World, random: Random, one: Failed): void => {
  if (one.code === 'not-sent' && random.chance(0.15)) world.discard(one, { why: 'a test' })
  else if (random.chance(0.3)) world.moveDeadLetters(one.process)
  else world.redrive(one)
}

export const correspond = async (world: World, random: Random): Promise<void> => {
  for (let n = random.between(4, 14); n > 0; n -= 1) {
    const to = random.pick(['box', 'box', 'heap'] as const)
    const some = Array.from({ length: random.between(1, 4) }, () => random.pick(ids))
    world.send(random.pick([Writer, Scribbler]), random.pick(ids)).Write({ to, ids: some, later: random.chance(0.3) })
    if (random.chance(0.6)) await world.advance(random.int(random.pick([1000, 60_000, 600_000])))
    if (random.chance(0.4)) for (const one of world.failed()) if (random.chance(0.6)) treat(world, random, one)
  }
}

type Letters = z.output<typeof kept>
const boxesIn = (world: World) =>
  ['box', 'heap'].flatMap((process) =>
    Object.entries((world.states()[process] ?? {}) as { readonly [id: string]: Letters }).map(([id, { letters }]) => ({
      at: `${process}/${id}`,
      letters,
    })),
  )
const writersIn = (world: World) =>
  ['writer', 'scribbler'].flatMap((process) =>
    Object.entries((world.states()[process] ?? {}) as { readonly [id: string]: z.output<typeof wrote> }).map(([id, state]) => ({
      by: `${process}/${id}`,
      ...state,
    })),
  )

/**
 * Whom something may have missed: it was given up, and may have come through all the same where an answer was lost; or it failed, and nobody
 * did anything about it.
 */
const missedBy = (world: World): readonly string[] => [
  ...world
    .resolved()
    .flatMap(({ how, code, id }) => (how === 'discarded' && code === 'not-sent' ? [id.slice(id.lastIndexOf('@') + 1)] : [])),
  ...world.failed().map(({ process, instance }) => `${process}/${instance}`),
]

export const refusalClaims = {
  'letters of a writer are in its order, and each came once': (world: World) =>
    boxesIn(world).flatMap(({ at, letters }) =>
      writersIn(world).flatMap(({ by, sent }) => {
        const numbers = letters.filter((one) => one.by === by).map(({ n }) => n)
        const expected = sent[at] ?? 0
        const isWhole = numbers.length === expected && new Set(numbers).size === expected
        const mayMiss = missedBy(world).includes(at)
        const isSorted = at.startsWith('heap') || mayMiss || numbers.join() === numbers.toSorted((a, b) => a - b).join()
        const isOnce = new Set(numbers).size === numbers.length && (mayMiss || isWhole)
        return isSorted && isOnce ? [] : [`${at} has ${numbers.join()} of ${by}, who sent ${expected}`]
      }),
    ),
  'nothing is held at the end, and nobody stands still': (world: World) =>
    world.failed().every(({ code, parked }) => !parked && code !== 'not-sent'),
  'each turn and each ring came, or was given up': (world: World) =>
    writersIn(world).flatMap(({ by, waits, rings }) =>
      rings === waits || missedBy(world).includes(by) || world.failed().length > 0
        ? []
        : [`${by} rang ${rings} times of ${waits}`],
    ),
}
