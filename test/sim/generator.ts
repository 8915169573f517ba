// Random programs: processes, what they say to each other, who talks to them from outside, and what must hold of them, all drawn from a seed.
//
// Every message carries tokens, and what a handler sends it takes out of its state, so that their sum over all states and all that is kept
// as failed is what came in: a message that is lost, applied twice or made up shows there, besides in I1 to I8.

import * as z from 'zod'
import { type Deploy, defineProcess, evolving, flow, outcomeOf, type Process } from '../../lib/index.ts'
import type { ExploreOptions, FaultPlan, Random, World } from '../../lib/sim/index.ts'
import { createRandom } from '../../lib/sim/random.ts'
import {
  type Behaviour,
  behave,
  type Ctx,
  contractOf,
  drawBlock,
  type Peer,
  type State,
  state,
  type Talk,
  talk,
  vault,
} from './generator-blocks.ts'
import { drawLegs, drawQuote, type Leg, quoting, touring } from './generator-flows.ts'
import { postOdd } from './generator-outside.ts'
import { row } from './generator-rows.ts'
import { beat } from './generator-waits.ts'

/** A program with all that an exploration of it takes; pass `processes` as the app. */
export interface Generated extends Required<Pick<ExploreOptions, 'workload' | 'invariants' | 'faults'>> {
  readonly processes: readonly Process[]
  /** What ran before the last deploy, of those that had one. */
  readonly earlier: readonly Process[]
}

type Type = 'Alpha' | 'Beta' | 'Gamma' | 'Own' | 'Ask'
/** What the handlers of one process do, by message type. */
type Conduct = { readonly [T in Type]: Behaviour }

interface Plan {
  readonly number: number
  readonly deploy: Deploy
  readonly hasRows: boolean
  /** What its flows do, in the code of all deploys: they are under way while the code changes. */
  readonly legs: readonly Leg[]
  readonly quote: Leg
  readonly now: Conduct
  /** What they did before the last deploy, where the process had one; it did not know `Gamma` then. */
  readonly before: Conduct | undefined
}

const drawConduct = (random: Random): Conduct => {
  const blocks = (): Behaviour => Array.from({ length: random.between(1, 3) }, () => drawBlock(random))
  return { Alpha: blocks(), Beta: blocks(), Gamma: blocks(), Own: blocks(), Ask: blocks() }
}

const drawPlan = (random: Random, number: number): Plan => {
  const mailbox = random.pick(['ordered', 'ordered', 'unordered'] as const)
  const onFailure = random.pick(['park', 'setAside', mailbox === 'ordered' ? 'park' : 'setAside'] as const)
  const deploy = { mailbox, onFailure, shards: random.pick([1, 1, 2, 3]), attempts: random.pick([1, 3, 5]) }
  return {
    number,
    deploy,
    hasRows: random.chance(0.5),
    legs: drawLegs(random),
    quote: drawQuote(random),
    now: drawConduct(random),
    before: random.chance(0.5) ? drawConduct(random) : undefined,
  }
}

const define = (
  { number, deploy, hasRows, legs, quote, before }: Plan,
  conduct: Conduct,
  peers: readonly Peer[],
  among: number,
): Process => {
  const contract = peers[number] as Peer
  const isOld = conduct === before
  const handlerOf = (type: Type) => (ctx: unknown, body: Talk) => {
    const given = ctx as Ctx & { readonly self: { readonly id: string } }
    return behave(conduct[type], { ctx: given, body, peers, among, self: [number, given.self.id] })
  }
  // New code has added to the state and to the messages.
  const schema =
    before === undefined || isOld ? state : evolving(state).to(state.extend({ tag: z.string() }), (old) => ({ ...old, tag: '' }))
  const { Gamma: _, ...known } = contract.messages
  const on = {
    Alpha: handlerOf('Alpha'),
    Beta: handlerOf('Beta'),
    Gamma: handlerOf('Gamma'),
    Own: handlerOf('Own'),
    Tour: flow(touring(legs, { peers, among })),
    Coin: flow.receivesOr((ctx: unknown) => {
      ;(ctx as Ctx).state.count += 1
    }),
    Beat: (ctx: unknown) => beat(ctx as Ctx),
    Heard(ctx: unknown) {
      const { state } = ctx as Ctx
      state.count += 1
    },
    Deposit(ctx: unknown, { tokens }: Talk) {
      const { state } = ctx as Ctx
      state.tokens += tokens
    },
  }
  const answer = {
    Ask: async (ctx: unknown, body: Talk) => {
      await handlerOf('Ask')(ctx, body)
      return { count: (ctx as Ctx).state.count }
    },
    Quote: flow(quoting(quote, { peers, among })),
  }
  const initial = { tokens: 0, count: 0, gathered: 0, note: '', pledged: {}, wrong: [], ...(schema !== state && { tag: '' }) }
  return defineProcess(isOld ? { ...contract, messages: known as typeof contract.messages } : contract, {
    state: schema as typeof state,
    ...(hasRows && { rows: row }),
    uses: peers,
    internal: { Own: talk, Beat: z.object({}), Heard: outcomeOf(contract, 'Ask') },
    deploy,
  }).handle({ initial: () => initial, view: ({ count }) => ({ count }), on: on as typeof on & { Mute: never }, answer })
}

/** Draws a program. The same seed gives the same one. */
export const generated = (seed: number): Generated => {
  const random = createRandom(seed).stream('program')
  const plans = Array.from({ length: random.between(1, 5) }, (_, number) => drawPlan(random, number))
  const peers = plans.map(({ number }) => contractOf(number))
  const among = random.between(1, 4)
  const faults = drawAsked(random)
  const processes = plans.map((plan) => define(plan, plan.now, peers, among))
  return {
    processes,
    earlier: plans.flatMap((plan) => (plan.before === undefined ? [] : [define(plan, plan.before, peers, among)])),
    faults,
    workload: (world, chance) => work(world, chance, { peers, among }),
    invariants: {
      'tokens are conserved': (world) => {
        const { all, kept } = tokensIn(world, processes)
        // What a mailbox forgets, its tokens are forgotten with.
        const holds = faults.retention === 0 ? kept === all : kept <= all
        return holds || [`${all} came in, ${kept} are there`]
      },
      'flows do once what they do': (world) => statesIn(world).flatMap(({ wrong }) => wrong),
    },
  }
}

/** Faults that are only where they are asked for. */
const drawAsked = (random: Random): Partial<FaultPlan> & { readonly retention: number } => ({
  poison: random.pick([0, 0, 0, 0.02]),
  retention: random.pick([0, 0, 0, 0.7]),
  givenUp: random.pick([0, 0, 0.5]),
})

const statesIn = (world: World): readonly State[] =>
  Object.values(world.states()).flatMap((instances) => Object.values(instances) as readonly State[])

const tokensOf = (body: unknown): number => {
  const { tokens } = (body ?? {}) as { readonly tokens?: unknown }
  return typeof tokens === 'number' ? tokens : 0
}

// What is too old was applied before: nobody but the horizon keeps it. A flow that failed has given back what came with its message.
const tokensIn = (world: World, processes: readonly Process[]): { readonly all: number; readonly kept: number } => {
  const sum = (bodies: readonly unknown[]): number => bodies.reduce<number>((total, body) => total + tokensOf(body), 0)
  const states = statesIn(world)
  const pledged = states.flatMap((one) => Object.values(one.pledged)).reduce((total, tokens) => total + tokens, 0)
  const rows = processes.flatMap((process) =>
    [...world.instances(process).keys()].flatMap((id) => [...world.rows(process, id).values()]),
  )
  const discarded = world.resolved().filter(({ how }) => how === 'discarded')
  const failed = [...world.failed(), ...discarded].filter(({ code }) => code !== 'too-old' && code !== 'flow-failed')
  return {
    all: sum(world.sent.filter(({ from }) => from === 'client').map(({ body }) => body)),
    kept: pledged + sum([...states, ...rows, ...failed.map(({ body }) => body)]),
  }
}

interface Scene {
  readonly peers: readonly Peer[]
  /** Instances of each process that take part. */
  readonly among: number
}

/** Keys are known this long in any case. */
const pauseDaysMax = 150

const work = async (world: World, random: Random, scene: Scene): Promise<void> => {
  const sends = random.between(4, 14)
  // Some talk for so long that a deploy ends meanwhile.
  const msMax = random.pick([60_000, 60_000, 600_000])
  // Few are left alone for long, but those again and again.
  const restlessness = random.pick([0.02, 0.02, 0.02, 0.25])
  let said: (() => void)[] = []
  let paused = 0
  for (let n = 0; n < sends; n += 1) {
    if (random.chance(0.05)) world.cancel(random.pick(scene.peers), `i${random.int(scene.among)}`)
    if (random.chance(0.08)) postOdd(world, random.pick(scene.peers), random, n)
    const message = random.chance(0.1) && said.length > 0 ? random.pick(said) : drawMessage(world, random, scene, n)
    said.push(message)
    message()
    if (random.chance(0.5)) await world.advance(random.int(msMax))
    // Past 180 days tombstones, segments and keys are gone, so that no key may be used again.
    if (random.chance(restlessness)) {
      said = []
      paused = 0
      await world.advance('200 days')
    }
    const days = random.chance(0.02) ? random.between(1, 60) : 0
    if (paused + days > pauseDaysMax || days === 0) continue
    paused += days
    await world.advance(`${days} days`)
  }
}

/** A message from outside that may be said again, months later too. */
const drawMessage = (world: World, random: Random, { peers, among }: Scene, n: number): (() => void) => {
  const to = random.pick(peers)
  const id = random.chance(0.05) ? vault : `i${random.int(among)}`
  const drawn = { tokens: random.int(10), left: random.int(4) }
  const type = random.pick(['Alpha', 'Beta', 'Gamma', 'Tour', 'Tour', 'Coin'] as const)
  // What comes for no flow in the end is gone.
  const body = type === 'Coin' && id !== vault ? { ...drawn, tokens: 0 } : drawn
  const options = random.chance(0.6) ? { key: `key-${n}` } : {}
  if (id !== vault && random.chance(0.15)) return () => void world.call(to, id).Ask({ ...body, tokens: 0 }, options)
  return () => world.send(to, id)[id === vault ? 'Deposit' : type](body, options)
}
