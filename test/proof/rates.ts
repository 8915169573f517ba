// Processes with rates: of each instance, of each tenant, and of what a body says. What is over them comes later, once, and in its order.
import * as z from 'zod'
import { contract, defineProcess } from '../../lib/index.ts'
import type { Invariants, Random, World } from '../../lib/sim/index.ts'

const message = z.object({ n: z.int(), customer: z.string().optional() })
const Lathe = contract('lathe', {
  messages: { Turn: message },
  calls: { Turned: { request: z.object({}), reply: z.object({ count: z.int() }) } },
})
const Mill = contract('mill', { messages: { Grind: message } })
const Press = contract('press', { messages: { Press: message } })

const state = z.object({ order: z.array(z.int()), attempts: z.int() })
const initial = () => ({ order: [], attempts: 0 })
interface Ctx {
  readonly state: z.output<typeof state>
  readonly attempt: number
}
const work = (ctx: Ctx, { n }: { readonly n: number }): void => {
  ctx.state.order.push(n)
  ctx.state.attempts += ctx.attempt
}

const lathe = defineProcess(Lathe, {
  state,
  uses: [Mill],
  limit: { per: 'instance', rate: '3/30s' },
}).handle({
  initial,
  on: {
    Turn(ctx, body) {
      work(ctx, body)
      ctx.send(Mill, `${ctx.self.id}/${body.n % 3}`).Grind(body)
    },
  },
  answer: { Turned: ({ state: { order } }) => ({ count: order.length }) },
})
const mill = defineProcess(Mill, {
  state,
  limit: { per: 'tenant', rate: '6/6s' },
  deploy: { mailbox: 'unordered' },
}).handle({ initial, on: { Grind: work } })
const press = defineProcess(Press, { state, limit: { per: { body: 'customer' }, rate: '60/1m', burst: 10 } }).handle({
  initial,
  on: { Press: work },
})
export const rates = [lathe, mill, press]

/** Storms on one instance and one customer, and a trickle on others. */
export const pour = async (world: World, random: Random): Promise<void> => {
  const storm = random.between(4, 16)
  for (let n = 0; n < storm; n += 1) {
    world.send(Lathe, 'hot').Turn({ n })
    world.send(Press, String(n % 3)).Press({ n, customer: 'ada' })
    for (let k = 0; k < 4; k += 1) world.send(Mill, `hot/${k}`).Grind({ n: 4 * n + k })
    if (random.chance(0.3)) world.send(Lathe, String(n)).Turn({ n })
    if (random.chance(0.2)) world.send(Press, String(n % 3)).Press({ n: 1000 + n })
    if (random.chance(0.2)) await world.advance(random.int(20_000))
  }
}

const instances = (world: World) => [lathe, mill, press].flatMap((process) => [...world.instances(process)])

const inOrder = (world: World): readonly string[] =>
  [...world.instances(lathe)].flatMap(([id, { order }]) =>
    order.every((n, at) => at === 0 || n > (order[at - 1] as number)) ? [] : [`lathe/${id} has ${order.join()}`],
  )

/** Of worlds in which no handler fails, nothing dies and nobody stands still. */
const firstTries = (world: World): readonly string[] =>
  instances(world).flatMap(([id, { order, attempts }]) =>
    attempts === order.length ? [] : [`${id} handled ${order.length} messages in ${attempts} tries`],
  )
const nothingFails = (world: World): readonly string[] =>
  [...world.failed(), ...world.resolved()].map(({ id, code }) => `${id} failed: ${code}`)

export const rateClaims: Invariants = { 'a delayed message is overtaken by none of its instance': inOrder }
export const gateClaims: Invariants = {
  ...rateClaims,
  'what is only delayed is tried once': firstTries,
  'what is only delayed does not fail': nothingFails,
}
