// A service outside that is down for a while, and those who call it: handlers and steps of flows. While it is down they wait, call it
// rarely, and lose no try by it.
import * as z from 'zod'
import { breaker, contract, defineProcess, flow, Unavailable } from '../../lib/index.ts'
import type { Invariants, Random, World } from '../../lib/sim/index.ts'

const psp = breaker('psp', { failures: 2, within: '1h', cooldown: '30s' })
/** As `psp`, for what is never down; what fails there is the framework's own. */
const desk = breaker('desk', { failures: 2, within: '1h', cooldown: '30s' })

const { through: asItIs } = psp
/** Breakers bring the way through them: that of the code as it is, or one with a planted bug. */
export const callThrough = (through: unknown = asItIs): void => {
  for (const one of [psp, desk]) Object.assign(one, { through })
}

/** What the service sees, and what those who call it. One world runs at a time; each begins it anew. */
const service = { down: false, callsWhileDown: 0, refusedOfDesk: 0, downMs: 0 }

const call = (): string => {
  if (!service.down) return 'ok'
  service.callsWhileDown += 1
  throw new Error('503')
}

const Shop = contract('shop', {
  messages: { Charge: z.object({ n: z.int() }), Look: z.object({ n: z.int() }), Order: z.object({ n: z.int() }) },
  view: z.object({ done: z.int() }),
})
const shop = defineProcess(Shop, {
  state: z.object({ done: z.array(z.string()) }),
  uses: [Shop],
  deploy: { timers: true },
}).handle({
  initial: () => ({ done: [] }),
  view: ({ done }) => ({ done: done.length }),
  on: {
    async Charge(ctx, { n }) {
      // It takes its time, and others call meanwhile.
      await ctx.outside(psp, async () => {
        await ctx.read(Shop, 'other')
        return call()
      })
      ctx.state.done.push(`charge ${n}`)
    },
    async Look(ctx, { n }) {
      try {
        await ctx.outside(desk, () => ctx.read(Shop, 'other'))
      } catch (thrown) {
        if (thrown instanceof Unavailable) service.refusedOfDesk += 1
        throw thrown
      }
      ctx.state.done.push(`look ${n}`)
    },
    Order: flow(async (ctx, { n }) => {
      const paid = await ctx.step('pay', call, { breaker: psp, retry: { attempts: 4, delay: '1s' } })
      await ctx.update(({ done }) => void done.push(`order ${n}${paid === 'ok' ? '' : ', which was not paid'}`))
    }),
  },
})
export const services = [shop]

const types = ['Charge', 'Look', 'Order'] as const
const asked = new Set<string>()

export const serve = async (world: World, random: Random): Promise<void> => {
  Object.assign(service, { down: false, callsWhileDown: 0, refusedOfDesk: 0, downMs: 0 })
  asked.clear()
  const send = (n: number): void => {
    const type = random.pick(types)
    asked.add(`${type.toLowerCase()} ${n}`)
    world.send(Shop, String(random.int(10)))[type]({ n })
  }
  for (let n = 0; n < 4; n += 1) send(n)
  await world.advance(random.int(20_000))
  service.down = true
  service.downMs = random.between(60_000, 1_200_000)
  for (let n = random.between(10, 30); n > 3; n -= 1) send(n)
  await world.advance(service.downMs)
  service.down = false
}

const nothingFails = (world: World): readonly string[] =>
  [...world.failed(), ...world.resolved()].map(({ id, type, code, reason }) => `${type} ${id} failed: ${code} ${reason}`)

const allDone = (world: World): readonly string[] => {
  const done = new Set(world.states(shop).flatMap((state) => state.done))
  return [...asked].filter((one) => !done.has(one)).map((one) => `${one} was not done`)
}

/** Each of them learns for itself. */
export const environmentsMax = 2
// Each opens its breaker by two calls, and tries once in a cooldown; a batch of calls was under way when it opened.
const callsRarely = (): readonly string[] => {
  const most = environmentsMax * (12 + service.downMs / psp.cooldownMs)
  return service.callsWhileDown <= most
    ? []
    : [`${service.callsWhileDown} calls in ${service.downMs} ms of outage, at most ${most}`]
}
const deskIsUp = (): readonly string[] =>
  service.refusedOfDesk === 0 ? [] : [`the breaker of what was never down refused ${service.refusedOfDesk} calls`]

export const serviceClaims: Invariants = {
  'an outage fails no message and no step': nothingFails,
  'what waited is done when it is over': allDone,
  'a service that is down is called rarely': callsRarely,
  'trouble of a table opens no breaker': deskIsUp,
}
