// Flows of generated programs. What a flow holds is pledged in the state under its own name until it ends, one way or the other, once.
import { CallFailed, FlowCancelled } from '../../lib/index.ts'
import type { Random } from '../../lib/sim/index.ts'
import type { Peer, State, Talk } from './generator-blocks.ts'

interface Coins {
  readonly Coin: (body: Talk) => void
  readonly Alpha: (body: Talk) => void
  readonly Tour: (body: Talk) => void
}
interface Asked {
  readonly Ask: (body: Talk, options: { readonly within: number }) => Promise<{ readonly count: number }>
  readonly Quote: (body: Talk, options: { readonly within: number }) => Promise<{ readonly count: number }>
}
/** What a leg needs of the context of a flow. */
export interface FlowCtx {
  readonly random: () => number
  readonly newId: () => string
  readonly update: <R>(change: (state: State) => R) => Promise<R>
  readonly send: (to: Peer, id: string) => Coins
  readonly call: (of: Peer, id: string) => Asked
  readonly read: (of: Peer, id: string) => Promise<{ readonly count: number } | undefined>
  readonly step: (
    name: string,
    work: () => number,
    options: { readonly retry: { readonly attempts: number; readonly delay: number } },
  ) => Promise<number>
  readonly sleep: (ms: number) => Promise<void>
  readonly receive: (type: 'Coin', options: { readonly within: number }) => Promise<Talk>
  readonly all: (of: readonly Promise<unknown>[]) => Promise<unknown>
  readonly race: (of: { readonly [name: string]: Promise<unknown> }) => Promise<{ readonly won: string }>
  readonly compensate: (undo: () => void | Promise<void>) => void
}

interface Tour {
  readonly ctx: FlowCtx
  readonly body: Talk
  readonly peers: readonly Peer[]
  /** Instances of each process that take part. */
  readonly among: number
}
/** One thing that a flow does. */
export type Leg = (tour: Tour) => Promise<unknown>

const spans = [1000, 20_000, 300_000, 960_000, 18_000_000]

const nothing = ({ body }: Tour): Talk => ({ tokens: 0, left: body.left - 1 })
const anybody = ({ ctx, peers, among }: Tour, to: number): readonly [Peer, string] => [
  peers[to % peers.length] as Peer,
  `i${Math.floor(ctx.random() * among)}`,
]

/** Whatever a flow awaits may come to nothing; the rest of the flow does without it, or is undone. */
const bearing =
  (leg: Leg): Leg =>
  async (tour) => {
    try {
      return await leg(tour)
    } catch (error) {
      if (error instanceof CallFailed) return undefined
      throw error
    }
  }

const sleeps =
  (ms: number): Leg =>
  ({ ctx }) =>
    ctx.sleep(ms)
const receives =
  (within: number): Leg =>
  ({ ctx }) =>
    ctx.receive('Coin', { within })
const asks =
  (to: number, what: 'Ask' | 'Quote', within: number): Leg =>
  (tour) =>
    tour.ctx.call(...anybody(tour, to))[what](nothing(tour), { within })
const works =
  (attempts: number): Leg =>
  ({ ctx }) =>
    ctx.step('works', () => 1, { retry: { attempts, delay: 2000 } })
const looks =
  (to: number): Leg =>
  (tour) =>
    tour.ctx.read(...anybody(tour, to))

/** Takes some tokens out of the state, and sends them: nothing waits in between. */
const gives =
  (to: number, type: 'Alpha' | 'Tour'): Leg =>
  async (tour) => {
    const { ctx, body } = tour
    const share = ctx.random()
    const tokens = await ctx.update((state) => {
      const sum = Math.floor(share * (state.tokens + 1))
      state.tokens -= sum
      return sum
    })
    ctx.send(...anybody(tour, to))[type]({ tokens, left: body.left - 1 })
  }
const tosses =
  (to: number): Leg =>
  async (tour) =>
    tour.ctx.send(...anybody(tour, to)).Coin(nothing(tour))

/** A change that throws halfway, and one that leaves no valid state: nothing of them stays. */
const spoils: Leg = async ({ ctx }) => {
  const changes: readonly ((state: State) => void)[] = [
    (state) => {
      state.tokens += 1000
      throw new TypeError('nor does this please')
    },
    (state) => {
      state.tokens = 0.5
    },
  ]
  for (const change of changes) {
    let refused = false
    try {
      await ctx.update(change)
    } catch {
      refused = true
    }
    if (!refused) await ctx.update(({ wrong }) => wrong.push('a change that cannot be was made'))
  }
}
const fails =
  (probability: number): Leg =>
  async ({ ctx }) => {
    const draw = ctx.random()
    if (draw < probability / 2) throw new FlowCancelled('enough', 'this tour is over')
    if (draw < probability) throw new Error('this tour does not please')
  }
/** What is undone takes its time, and may be tried in vain. */
const regrets =
  (undo: Leg): Leg =>
  async (tour) =>
    tour.ctx.compensate(async () => void (await bearing(undo)(tour)))
const both =
  (one: Leg, other: Leg): Leg =>
  (tour) =>
    tour.ctx.all([one(tour), other(tour)])
const either =
  (one: Leg, other: Leg): Leg =>
  (tour) =>
    tour.ctx.race({ one: one(tour), other: other(tour) })

const drawWait = (random: Random): Leg => {
  const span = random.pick(spans)
  return random.pick<() => Leg>([
    () => sleeps(span),
    () => receives(span),
    () => asks(random.int(5), random.pick(['Ask', 'Quote']), span),
    () => works(random.between(1, 4)),
  ])()
}
const drawLeg = (random: Random): Leg =>
  random.pick<() => Leg>([
    () => bearing(drawWait(random)),
    () => bearing(drawWait(random)),
    () => drawWait(random),
    () => bearing(both(drawWait(random), drawWait(random))),
    () => bearing(either(drawWait(random), drawWait(random))),
    () => looks(random.int(5)),
    () => gives(random.int(5), random.pick(['Alpha', 'Alpha', 'Tour'])),
    () => gives(random.int(5), 'Alpha'),
    () => tosses(random.int(5)),
    () => spoils,
    () => fails(random.pick([0.1, 0.5])),
    () => regrets(random.pick([sleeps(1000), tosses(random.int(5)), works(2)])),
  ])()

export const drawLegs = (random: Random): readonly Leg[] => Array.from({ length: random.between(1, 4) }, () => drawLeg(random))

/** Gives back what a flow holds. */
const release = ({ pledged, wrong, ...state }: State, flow: string): State => {
  const { [flow]: held, ...others } = pledged
  if (held === undefined) return { ...state, pledged, wrong: [...wrong, `${flow} ended twice`] }
  return { ...state, tokens: state.tokens + held, pledged: others, wrong }
}

/** The flow of a message that carries tokens. */
export const touring =
  (legs: readonly Leg[], scene: Omit<Tour, 'ctx' | 'body'>) =>
  async (given: unknown, body: Talk): Promise<void> => {
    const ctx = given as FlowCtx
    const flow = ctx.newId()
    const over = (): Promise<State> => ctx.update((state) => Object.assign(state, release(state, flow)))
    await ctx.update((state) => {
      state.count += 1
      if (Object.hasOwn(state.pledged, flow)) state.wrong.push(`${flow} began twice`)
      state.pledged[flow] = body.tokens
    })
    ctx.compensate(async () => void (await over()))
    if (body.left > 0) for (const leg of legs) await leg({ ctx, body, ...scene })
    await over()
  }

/** The flow of a request. */
export const quoting =
  (wait: Leg, scene: Omit<Tour, 'ctx' | 'body'>) =>
  async (given: unknown, body: Talk): Promise<{ readonly count: number }> => {
    const ctx = given as FlowCtx
    if (body.left > 0) await wait({ ctx, body, ...scene })
    return { count: await ctx.update((state) => ++state.count) }
  }
export const drawQuote = (random: Random): Leg => drawWait(random)
