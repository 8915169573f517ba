// Small worlds explored to the end: every order in which environments, calls and deliveries can follow each other, with every fault that
// the budget allows at every place.
//
// The search is depth first and keeps no snapshots: each execution runs anew from the beginning by the choices that lead to where it
// left off. A state that was met before is not gone on from, since its future is known.
import { hash } from 'node:crypto'
import { nextTick } from 'node:process'
import * as z from 'zod'
import { deduplicationOf } from '../../lib/core/digest.ts'
import { encodeEnvelope, envelopeVersion } from '../../lib/core/envelope.ts'
import { contract, defineProcess, outcomeOf } from '../../lib/index.ts'
import { createRuntime as realRuntime } from '../../lib/runtime/runtime.ts'
import type { CreateRuntime } from '../../lib/sim/cloud.ts'
import type { Budget } from './exhaustive-environment.ts'
import { now } from './exhaustive-host.ts'
import { createSmallWorld, type SmallWorld, type SmallWorldOptions } from './exhaustive-world.ts'

/** A small world: one relay and one sink, two instances in all, and what may go wrong among them. Budgets are 0 unless given. */
export interface WorldOptions extends Partial<Budget> {
  /** What the relay does: it passes messages on, sets a timer, or asks the sink. Default `pass`. */
  readonly relay?: Doing
  /** Of both processes. Default `ordered`. */
  readonly mailbox?: 'ordered' | 'unordered'
  /** Whether an ordered queue swallows what it was sent before; default false: every resend comes after SQS's five minutes. */
  readonly deduplicates?: boolean
  /** Messages from outside to the relay. Default 1. */
  readonly messages?: number
  /** How many messages the relay sends to the sink for the first of them; for others it sends none. Default 2. */
  readonly takes?: number
  /** Environments of one process at once. Default 2. */
  readonly environmentsMax?: number
  /** Whether a receive may bring one message where more are there. Default false. */
  readonly splits?: boolean
  /** Whether environments are used again, caches and all. Default false: each invocation has one of its own. */
  readonly warm?: boolean
  readonly createRuntime?: CreateRuntime
  /** How many violations end the search; default 1. */
  readonly violationsMax?: number
  /** Stops there, however much is left; default never. */
  readonly executionsMax?: number
}

export interface ExhaustiveOptions extends Pick<WorldOptions, 'createRuntime' | 'violationsMax'> {
  /** `small` takes ten seconds, `medium` twenty, `large` hours. Default `small`. */
  readonly size?: keyof typeof sizes
  /** Only the worlds in which the relay does this; default all. */
  readonly relay?: Doing
}

/** An execution that breaks a claim. */
export interface Broken {
  readonly claims: readonly string[]
  /** What happened, in its order. */
  readonly steps: readonly string[]
}

export interface Exhausted {
  /** Runs from the beginning. */
  readonly executions: number
  /** States that differ. */
  readonly states: number
  /** Executions that came to an end of their own; the others met a state that was known. */
  readonly ends: number
  readonly violations: readonly Broken[]
  /** Whether nothing was left to explore. */
  readonly complete: boolean
  readonly seconds: number
}

const two = { messages: 2, takes: 1, splits: true } as const
/** The first message sets a timer, the second cancels it. */
const timer = { relay: 'wait', messages: 2, takes: 1 } as const
const small: readonly WorldOptions[] = [
  { ...two, warm: true },
  { crashes: 2, losses: 1 },
  { mailbox: 'unordered', crashes: 1, losses: 1 },
  { ...two, warm: true, crashes: 1, losses: 1 },
  { deduplicates: true, crashes: 1, losses: 1 },
  { ...timer, warm: true, crashes: 1, losses: 1 },
  { ...timer, redeliveries: 1 },
  { relay: 'ask' },
  { relay: 'ask', environmentsMax: 1, crashes: 1 },
  { relay: 'ask', environmentsMax: 1, losses: 1 },
]
/** The worlds of each size, those with the fewest faults first: what is wrong without any shows at once. */
const medium: readonly WorldOptions[] = [...small, { redeliveries: 1, losses: 1 }, { crashes: 1, redeliveries: 1 }]
export const sizes = {
  small,
  medium,
  large: [
    ...medium,
    { warm: true, crashes: 1, redeliveries: 1 },
    { warm: true, redeliveries: 1, losses: 1 },
    { mailbox: 'unordered', crashes: 2, losses: 1 },
    { mailbox: 'unordered', crashes: 1, redeliveries: 1 },
    { ...two, crashes: 2, losses: 1 },
    { crashes: 1, redeliveries: 1, losses: 1 },
    { crashes: 2, redeliveries: 1, losses: 1 },
    { ...timer, crashes: 1, redeliveries: 1 },
    { relay: 'ask', crashes: 1 },
    { relay: 'ask', losses: 1 },
    { relay: 'ask', environmentsMax: 1, crashes: 1, losses: 1 },
  ],
} satisfies { readonly [size: string]: readonly WorldOptions[] }

const Relay = contract('relay', { messages: { Pass: z.object({ n: z.int(), takes: z.int() }) } })
const Sink = contract('sink', {
  messages: { Take: z.object({ n: z.int() }) },
  calls: { Give: { request: z.object({ n: z.int() }), reply: z.object({ n: z.int() }) } },
})
const heard = z.object({ heard: z.array(z.int()) })

type Doing = 'pass' | 'wait' | 'ask'

const processesOf = (mailbox: 'ordered' | 'unordered', relay: Doing) => [
  defineProcess(Relay, {
    state: heard,
    uses: [Sink],
    internal: { Fire: z.object({ n: z.int() }), Given: outcomeOf(Sink, 'Give') },
    deploy: { mailbox, timers: relay !== 'pass' },
  }).handle({
    initial: () => ({ heard: [] }),
    on: {
      Pass(ctx, { n, takes }) {
        ctx.state.heard.push(n)
        // The second message takes back what the first has set.
        if (relay === 'wait') return takes > 0 ? ctx.after('1h', { name: 'fire' }).Fire({ n }) : ctx.cancel('fire')
        if (relay === 'ask') return ctx.request(Sink, 's').Give({ n }, { outcome: 'Given' })
        for (let take = 0; take < takes; take += 1) ctx.send(Sink, 's').Take({ n: take })
      },
      Fire(ctx, { n }) {
        ctx.state.heard.push(100 + n)
      },
      Given(ctx, { ok }) {
        ctx.state.heard.push(ok ? 1 : 0)
      },
    },
  }),
  defineProcess(Sink, {
    state: heard,
    uses: relay === 'ask' ? [Relay] : [],
    deploy: { mailbox, timers: false },
  }).handle({
    initial: () => ({ heard: [] }),
    on: {
      Take(ctx, { n }) {
        ctx.state.heard.push(n)
      },
    },
    answer: {
      Give(ctx, { n }) {
        ctx.state.heard.push(n)
        return { n }
      },
    },
  }),
]

const sendsOf = (messages: number, takes: number) =>
  Array.from({ length: messages }, (_, n) => {
    const id = `click-${n}`
    const body = { n, takes: n === 0 ? takes : 0 }
    const text = encodeEnvelope({ v: envelopeVersion, id, to: 'r', type: 'Pass', body, at: now, trace: id, hops: 0 })
    const entry = { id: '0', body: text, group: 'r', deduplication: deduplicationOf(id, 'relay/r') }
    return [{ role: 'mailbox' as const, process: 'relay' }, entry] as const
  })

/** Explores every execution of every world of a size, one world after the other until a claim is broken. */
export const exploreAll = async ({ size = 'small', ...options }: ExhaustiveOptions = {}): Promise<Exhausted> => {
  const sum = { executions: 0, states: 0, ends: 0, violations: [] as Broken[], complete: true, seconds: 0 }
  const worlds: readonly WorldOptions[] = sizes[size]
  for (const world of worlds.filter(({ relay }) => options.relay === undefined || relay === options.relay)) {
    const explored = await exploreWorld({ ...world, ...options })
    sum.executions += explored.executions
    sum.states += explored.states
    sum.ends += explored.ends
    sum.violations.push(...explored.violations)
    sum.complete &&= explored.complete
    sum.seconds += explored.seconds
    if (sum.violations.length > 0) break
  }
  return sum
}

/** Explores every execution of one world. */
const exploreWorld = async (world: WorldOptions): Promise<Exhausted> => {
  const { mailbox = 'ordered', crashes = 0, redeliveries = 0, losses = 0, messages = 1, takes = 2 } = world
  const options: SmallWorldOptions = {
    processes: processesOf(mailbox, world.relay ?? 'pass'),
    createRuntime: world.createRuntime ?? realRuntime,
    budget: { crashes, redeliveries, losses },
    environmentsMax: world.environmentsMax ?? 2,
    splits: world.splits ?? false,
    warm: world.warm ?? false,
    deduplicates: world.deduplicates ?? false,
    sends: sendsOf(messages, takes),
  }
  return exhaust(options, world)
}

/** Explores every execution of a world that is built anew for each. */
export const exhaust = async (
  options: SmallWorldOptions,
  { violationsMax = 1, executionsMax = Number.POSITIVE_INFINITY }: Pick<WorldOptions, 'violationsMax' | 'executionsMax'> = {},
): Promise<Exhausted> => {
  const began = performance.now()
  const search: Search = { open: [[]], met: new Set(), executions: 0, ends: 0, violations: [] }
  while (search.open.length > 0 && search.violations.length < violationsMax && search.executions < executionsMax)
    await execute(createSmallWorld(options), search)
  const { open, met, executions, ends, violations } = search
  const seconds = (performance.now() - began) / 1000
  return { executions, states: met.size, ends, violations, complete: open.length === 0, seconds }
}

interface Search {
  /** The choices that lead to what has not been run yet. */
  readonly open: (readonly number[])[]
  readonly met: Set<string>
  executions: number
  ends: number
  readonly violations: Broken[]
}

// Runs one execution by the choices that are given, then on by the first of each until it ends or meets a known state.
const execute = async (world: SmallWorld, search: Search): Promise<void> => {
  const given = search.open.pop() ?? []
  const taken: number[] = []
  const steps: string[] = []
  search.executions += 1
  for (;;) {
    const choices = world.choices()
    const replays = taken.length < given.length
    if (!replays && (world.violations(false).length > 0 || choices.length === 0)) {
      const claims = world.violations(true)
      search.ends += 1
      if (claims.length > 0) search.violations.push({ claims, steps })
      return
    }
    if (!replays && !isNew(world, search)) return
    if (!replays) for (let n = choices.length - 1; n > 0; n -= 1) search.open.push([...taken, n])
    const pick = given[taken.length] ?? 0
    const choice = choices[pick]
    if (choice === undefined) throw new Error(`choice ${pick} of ${choices.length} after ${steps.join(', ')}`)
    taken.push(pick)
    steps.push(choice.label)
    choice.act()
    await settled()
  }
}

const isNew = (world: SmallWorld, { met }: Search): boolean => {
  const before = met.size
  met.add(hash('sha1', world.state(), 'base64'))
  return met.size > before
}

// Node runs a tick only when no microtask is left: a tick set from a microtask comes after all that the choice settled.
const settled = (): Promise<void> =>
  new Promise((resolve) => {
    void Promise.resolve().then(() => nextTick(resolve))
  })
