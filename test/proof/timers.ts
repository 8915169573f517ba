// An app that does all that timers can, and a workload that sets, replaces and cancels them, also while they fire.
import * as z from 'zod'
import { type App, contract, type Deploy, defineApp, defineProcess } from '../../lib/index.ts'
import type { Failed, Random, World } from '../../lib/sim/index.ts'

const named = { name: z.string(), ms: z.int().positive() }
const spec = {
  messages: {
    /** Sets or replaces a timer; `n` is another each time. */
    Set: z.object({ ...named, n: z.int() }),
    Cancel: z.object({ name: z.string() }),
    /** Sets one that comes again and again, until it has come so often; where it stumbles every third fails for good. */
    Every: z.object({ ...named, times: z.int().positive(), stumbles: z.boolean() }),
    End: z.object({}),
  },
}
const Clock = contract('clock', spec)
const Watch = contract('watch', spec)

const state = z.object({
  /** Timers that are set, by name. */
  armed: z.record(z.string(), z.object({ n: z.int(), due: z.number() })),
  fired: z.array(z.int()),
  /** How many were set, and replaced or cancelled before they fired. */
  set: z.int(),
  dropped: z.int(),
  /** Timers that come again, by name: when the last was due and when it came, and how many are still to come. */
  ticking: z.record(
    z.string(),
    z.object({ every: z.int(), due: z.number(), came: z.number(), left: z.int(), stumbles: z.boolean() }),
  ),
  wrong: z.array(z.string()),
})

/** Clocks of environments are off by a minute at most, each. */
const skewMs = 120_000

// The handlers' only way to know when they run; they use it to find fault, never to act on it.
let now = (): number => 0

const ticker = (own: typeof Clock | typeof Watch, deploy: Deploy) =>
  defineProcess(own, {
    state,
    internal: { Fired: z.object({ name: z.string(), n: z.int() }), Tick: z.object({ name: z.string() }) },
    deploy,
  }).handle({
    initial: () => ({ armed: {}, fired: [], set: 0, dropped: 0, ticking: {}, wrong: [] }),
    on: {
      Set(ctx, { name, ms, n }) {
        const { armed, ticking } = ctx.state
        if (armed[name]) ctx.state.dropped += 1
        delete ticking[name]
        armed[name] = { n, due: ctx.now.getTime() + ms }
        ctx.state.set += 1
        ctx.after(ms, { name }).Fired({ name, n })
      },
      Cancel(ctx, { name }) {
        if (ctx.state.armed[name]) ctx.state.dropped += 1
        delete ctx.state.armed[name]
        delete ctx.state.ticking[name]
        ctx.cancel(name)
      },
      Every(ctx, { name, ms, times, stumbles }) {
        const { armed, ticking } = ctx.state
        if (armed[name]) ctx.state.dropped += 1
        delete armed[name]
        ticking[name] = { every: ms, due: 0, came: 0, left: times, stumbles }
        ctx.every(ms, { name }).Tick({ name })
      },
      End: (ctx) => ctx.end(),
      Fired(ctx, { name, n }) {
        const { armed, fired, wrong } = ctx.state
        const due = ctx.now.getTime()
        if (armed[name]?.n !== n || fired.includes(n)) wrong.push(`${name} ${n} came, and was not set`)
        if (now() < due - skewMs) wrong.push(`${name} ${n} came before its time`)
        fired.push(n)
        delete armed[name]
      },
      Tick(ctx, { name }) {
        const { ticking, wrong } = ctx.state
        const ticks = ticking[name]
        const due = ctx.now.getTime()
        if (ticks === undefined) return void wrong.push(`${name} ticks, and was not set`)
        if (ticks.due > 0 && (due <= ticks.due || (due - ticks.due) % ticks.every !== 0)) wrong.push(`${name} drifts`)
        if (ticks.stumbles && Math.round(due / ticks.every) % 3 === 0) throw new Error('this tick fails')
        // One that was due while the one before was late is left out.
        if (due < ticks.came - skewMs) wrong.push(`${name} makes up for what was missed`)
        Object.assign(ticks, { due, came: now(), left: ticks.left - 1 })
        if (ticks.left > 0) return
        delete ticking[name]
        ctx.cancel(name)
      },
    },
  })

export const timers: App = defineApp('timers', import.meta.url, [ticker(Clock, {}), ticker(Watch, { mailbox: 'unordered' })])

const minute = 60_000
/** Over some, the queue's delay is too short for them. */
const spans = [1000, 5000, 30_000, 2 * minute, 14 * minute, 15 * minute, 40 * minute, 120 * minute, 300 * minute, 4320 * minute]
const periods = [3 * minute, 20 * minute, 45 * minute]

/** Sets, replaces and cancels under few names, sometimes just when one fires. */
export const remind = async (world: World, random: Random): Promise<void> => {
  now = () => world.now().getTime()
  const names = ['first', 'second', 'third']
  const dues: { readonly at: number; readonly cancel: () => void }[] = []
  for (let n = random.between(3, 8); n > 0; n -= 1) {
    const to = world.send(random.pick([Clock, Clock, Watch]), random.pick(['a', 'a', 'b', 'end']))
    const name = random.pick(names)
    const ms = random.pick(spans)
    const options = random.chance(0.5) ? { key: `remind-${n}` } : {}
    const doing = random.next()
    if (doing < 0.55) {
      to.Set({ name, ms, n }, options)
      dues.push({ at: now() + ms, cancel: () => to.Cancel({ name }) })
    } else if (doing < 0.7) to.Cancel({ name }, options)
    else if (doing < 0.9)
      to.Every({ name, ms: random.pick(periods), times: random.between(1, 4), stumbles: random.chance(0.3) }, options)
    else to.End({}, options)
    if (random.chance(0.5)) await world.advance(random.int(random.pick([2000, minute, 30 * minute])))
    const [next] = dues.splice(0, random.chance(0.3) ? 1 : 0)
    if (next === undefined || next.at < now()) continue
    await world.advance(Math.max(0, next.at - now() - random.int(3000)))
    next.cancel()
  }
}

interface Instance {
  readonly of: string
  readonly state: z.output<typeof state>
}
// What the instance `end` had set goes with it, so its tallies say nothing.
const instances = (world: World): readonly Instance[] =>
  (['clock', 'watch'] as const).flatMap((process) =>
    Object.entries(world.states()[process] ?? {}).map(([id, held]) => ({
      of: `${process}/${id}`,
      state: held as Instance['state'],
    })),
  )
const settled = (world: World): readonly Instance[] => instances(world).filter(({ of }) => !of.endsWith('/end'))

const failedAt = (world: World, of: string): readonly Failed[] =>
  world.failed().filter(({ process, instance }) => `${process}/${instance}` === of)

export const timerClaims = {
  'no timer comes that is not set': (world: World) =>
    instances(world).flatMap(({ of, state: { wrong } }) => wrong.map((one) => `${of}: ${one}`)),
  'each timer fires once, or is replaced or cancelled': (world: World) =>
    settled(world).flatMap(({ of, state: { armed, fired, set, dropped } }) => {
      const waiting = Object.keys(armed).length
      return set === fired.length + dropped + waiting
        ? []
        : [`${of} has set ${set}: ${fired.length} fired, ${dropped} were dropped, ${waiting} wait`]
    }),
  'what is due has come': (world: World) =>
    settled(world).flatMap(({ of, state: { armed, ticking } }) => {
      const late = Object.entries(armed).filter(([, { due }]) => due + 60 * minute < world.now().getTime())
      // The environments of a message that fails may have died too often.
      const failed = failedAt(world, of).filter(({ code }) => code !== 'handler-failed').length
      return [...late.map(([name]) => name), ...Object.keys(ticking)].slice(failed).map((name) => `${of} waits for ${name}`)
    }),
}
