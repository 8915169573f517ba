// Processes that do everything a handler can, at random: many messages to few instances, to themselves, to each other; they end and begin again.
import * as z from 'zod'
import { type App, contract, type Deploy, defineApp, defineProcess } from '../../lib/index.ts'
import type { Random, World } from '../../lib/sim/index.ts'

/** `left`: how many more messages may follow from it; `among`: how many instances of each process take part. */
const talk = z.object({ left: z.int().nonnegative(), among: z.int().positive(), ballast: z.string().optional() })
const spec = { messages: { Talk: talk }, view: z.object({ heard: z.int() }) }
export const North = contract('north', spec)
export const South = contract('south', spec)
export const Crowd = contract('crowd', spec)
const all = [North, South, Crowd] as const

const heavy = Array.from({ length: 3 }, () => 'x'.repeat(450_000))

/** None, one or two, some of them twice. */
const receivers = (random: () => number, among: number) =>
  Array.from({ length: Math.floor(random() * 3) }, () => {
    const receiver = { to: all[Math.floor(random() * all.length)] ?? North, id: String(Math.floor(random() * among)) }
    return random() < 0.3 ? [receiver, receiver] : [receiver]
  }).flat()

const chatty = (own: (typeof all)[number], deploy: Deploy) =>
  defineProcess(own, {
    state: z.object({ heard: z.int(), asides: z.int(), note: z.string() }),
    uses: all,
    internal: { Aside: talk },
    deploy,
  }).handle({
    initial: () => ({ heard: 0, asides: 0, note: '' }),
    view: ({ heard }) => ({ heard }),
    on: {
      async Talk(ctx, { left, among }) {
        ctx.state.heard += 1
        if (left === 0) return
        const { random } = ctx
        if (random() < 0.1) await ctx.read(South, String(Math.floor(random() * among)))
        for (const { to, id } of receivers(random, among)) ctx.send(to, id).Talk({ left: left - 1, among })
        if (random() < 0.2) ctx.sendSelf().Aside({ left: left - 1, among })
        // More than fits an item, and more than fits a queue message.
        if (random() < 0.02) ctx.state.note = 'x'.repeat(130_000)
        for (const ballast of random() < 0.003 ? heavy : []) ctx.send(South, '0').Talk({ left: 0, among, ballast })
        if (random() < 0.05) ctx.end()
      },
      Aside(ctx, { left, among }) {
        ctx.state.asides += 1
        if (left > 0) ctx.send(North, '0').Talk({ left: left - 1, among })
      },
    },
  })

export const chatter: App = defineApp('chatter', import.meta.url, [
  chatty(North, {}),
  chatty(South, { shards: 2 }),
  chatty(Crowd, { mailbox: 'unordered' }),
])

/** Sends now and then, without keys and under keys, some of which name more than one message. */
export const talkAtRandom = async (world: World, random: Random): Promise<void> => {
  const sends = random.between(20, 80)
  // Few, so that they meet, and grow older than what one record holds of them.
  const among = random.pick([1, 2, 4])
  let age = 0
  for (let n = 0; n < sends; n += 1) {
    const key = `talk-${age}-${random.chance(0.1) ? random.int(n + 1) : n}`
    world
      .send(random.pick(all), String(random.int(among)))
      .Talk({ left: random.int(5), among }, random.chance(0.5) ? { key } : {})
    if (random.chance(0.5)) await world.advance(random.int(60_000))
    if (!random.chance(0.003)) continue
    // Tombstones, segments and keys expire meanwhile, so that no key may be used again after it.
    await world.advance('200 days')
    age += 1
  }
}

/**
 * Nothing is set aside but what the fault plan made fail: not a neighbour, nor what met trouble that passes. What an instance that
 * was left alone for 200 days sends again, for want of knowing that it did, is too old by then.
 */
export const onlyPoisonFails = (world: World): readonly string[] =>
  [...world.failed(), ...world.resolved()].flatMap(({ planned, id, code }) =>
    planned || code === 'too-old' ? [] : [`${id} was set aside (${code})`],
  )
