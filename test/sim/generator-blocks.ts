// What handlers of generated programs are made of. Each block does one thing that a handler may do, and none makes or loses a token.
import type { StandardSchemaV1 } from '@standard-schema/spec'
import * as z from 'zod'
import { contract } from '../../lib/index.ts'
import type { Random } from '../../lib/sim/index.ts'
import { drawRowing, emptied, type TokenRows } from './generator-rows.ts'
import { drawWaiting, heard } from './generator-waits.ts'

// A schema may throw as well as refuse.
const isSound = (ballast: unknown): boolean => {
  if (ballast === 'breaks the schema') throw new TypeError('what is this?')
  return true
}

/** `tokens`: what the message carries, conserved over all states; `left`: how many more messages may follow from it. */
export const talk = z.object({
  tokens: z.int().nonnegative(),
  left: z.int().nonnegative(),
  /** Who may be answered: process and instance. */
  back: z.tuple([z.int(), z.string()]).optional(),
  ballast: z.unknown().refine(isSound).optional(),
})
export type Talk = z.output<typeof talk>

// As a library without paths would say it, and one that throws.
const plain: StandardSchemaV1<Talk, Talk> = {
  '~standard': {
    version: 1,
    vendor: 'generated',
    validate: (value) => {
      const { ballast } = (value ?? {}) as { readonly ballast?: unknown }
      if (ballast === 'breaks the schema') throw new TypeError('what is this?')
      const parsed = talk.safeParse(value)
      if (parsed.success) return { value: parsed.data }
      const issues = parsed.error.issues.map(({ message, path }) => ({ message, path: path.map((key) => ({ key })) }))
      return { issues: [...issues, { message: 'as a whole' }] }
    },
  },
}

/** `gathered`: how many came since the last time that enough had; `pledged`: tokens that flows hold, by their names. */
export const state = z.object({
  tokens: z.int(),
  count: z.int(),
  gathered: z.int(),
  note: z.string(),
  pledged: z.record(z.string(), z.int()),
  wrong: z.array(z.string()),
})
export type State = z.output<typeof state>

/** A process of a generated program, as the others see it; `Gamma` is the message that only new code knows, `Mute` has no handler. */
export const contractOf = (number: number) =>
  contract(`p${number}`, {
    messages: { Alpha: talk, Beta: talk, Gamma: plain, Deposit: talk, Mute: talk, Tour: talk, Coin: talk },
    calls: { Ask: { request: talk, reply: heard }, Quote: { request: talk, reply: heard } },
    view: z.object({ count: z.int() }),
  })
export type Peer = ReturnType<typeof contractOf>
type Type = 'Alpha' | 'Beta' | 'Gamma' | 'Deposit' | 'Tour' | 'Coin'

type Sender = { readonly [T in Type]: (body: Talk) => void }
/** What a block needs of the context of a handler. */
export interface Ctx {
  state: State
  readonly attempt: number
  readonly random: () => number
  readonly newId: () => string
  readonly send: (to: Peer, id: string) => Sender
  readonly sendSelf: () => Sender & { readonly Own: (body: Talk) => void }
  readonly read: (of: Peer, id: string) => Promise<{ readonly count: number } | undefined>
  readonly end: () => void
  readonly after: (ms: number, options: { readonly name: string }) => { readonly Own: (body: Talk) => void }
  readonly every: (ms: number) => { readonly Beat: (body: object) => void }
  readonly cancel: (name: string) => void
  readonly request: (
    of: Peer,
    id: string,
  ) => { readonly Ask: (body: Talk, options: { readonly outcome: string; readonly within: number }) => void }
  /** Where the process has rows. */
  readonly rows?: TokenRows
  readonly log: (message: string) => void
}

/** One run of a handler. */
export interface Turn {
  readonly ctx: Ctx
  readonly body: Talk
  readonly peers: readonly Peer[]
  /** Process and instance that run. */
  readonly self: readonly [number, string]
  /** Instances of each process that take part. */
  readonly among: number
}

/** @returns `stop` if the blocks after it are left out */
export type Block = (turn: Turn) => undefined | 'stop' | Promise<undefined | 'stop'>

/** Where what an ended instance holds goes: it only takes deposits, so that it never ends. */
export const vault = 'vault'

const int = ({ random }: Ctx, end: number): number => Math.floor(random() * end)
/** Takes some tokens out of the state. */
const take = (ctx: Ctx): number => {
  const tokens = int(ctx, ctx.state.tokens + 1)
  ctx.state.tokens -= tokens
  return tokens
}
const instance = ({ ctx, among }: Turn): string => `i${int(ctx, among)}`
const send = (turn: Turn, [to, id]: readonly [number, string], type: Type, more: Partial<Talk> = {}): void => {
  const { ctx, body, peers, self } = turn
  const peer = peers[to % peers.length] as Peer
  const tokens = more.tokens ?? take(ctx)
  ctx.send(peer, id)[type]({ left: body.left - 1, back: [...self], ...more, tokens })
}

const forward =
  (to: number, times: number, type: Type): Block =>
  (turn) => {
    for (let n = 0; n < times; n += 1) send(turn, [to + n, instance(turn)], type)
  }
const fanOut =
  (to: number, width: number): Block =>
  (turn) => {
    for (let n = 0; n < width; n += 1) send(turn, [to, `i${n}`], 'Beta', { left: 0 })
  }
/** Goes on only for every so many-th message. */
const gather =
  (enough: number): Block =>
  ({ ctx }) => {
    ctx.state.gathered += 1
    if (ctx.state.gathered < enough) return 'stop'
    ctx.state.gathered = 0
    return undefined
  }
const toss =
  (to: number): Block =>
  (turn) => {
    send(turn, [to, instance(turn)], 'Coin', { tokens: 0 })
  }
const answer: Block = (turn) => {
  const { back } = turn.body
  if (back !== undefined) send(turn, back, 'Alpha')
}
const toItself =
  (type: 'Own' | 'Alpha', times: number): Block =>
  ({ ctx, body }) => {
    for (let n = 0; n < times; n += 1) ctx.sendSelf()[type]({ tokens: take(ctx), left: body.left - 1 })
  }
const burst =
  (to: number, times: number): Block =>
  (turn) => {
    const id = instance(turn)
    for (let n = 0; n < times; n += 1) send(turn, [to, id], 'Alpha', { left: 0 })
  }
const ends: Block = ({ ctx, peers }) => {
  if (ctx.random() > 0.3) return undefined
  const [bank] = peers
  const end = (more: number): 'stop' => {
    const pledged = Object.values(ctx.state.pledged).reduce((sum, tokens) => sum + tokens, 0)
    if (bank !== undefined) ctx.send(bank, vault).Deposit({ tokens: ctx.state.tokens + pledged + more, left: 0 })
    ctx.state.tokens = 0
    ctx.end()
    return 'stop'
  }
  return ctx.rows === undefined ? end(0) : emptied(ctx).then(end)
}
/** Throws with this probability, at the first so many tries. */
const throws =
  (probability: number, tries: number): Block =>
  ({ ctx }) => {
    if (ctx.random() >= probability || ctx.attempt > tries) return undefined
    if (ctx.random() < 0.2) throw new TypeError('nor does it fit')
    // As JavaScript lets it.
    if (ctx.random() < 0.1) throw 'this is no error' as unknown as Error
    throw new Error('this message does not please')
  }
const reads =
  (of: number): Block =>
  async (turn) => {
    const { ctx, peers } = turn
    const view = await ctx.read(peers[of % peers.length] as Peer, instance(turn))
    ctx.state.count += view?.count ?? 0
    return undefined
  }
const thinks: Block = async ({ ctx }) => {
  await Promise.resolve()
  ctx.log(ctx.newId())
  return undefined
}
/** The state grows: inline, over the bound of an item, over that of a page, or beyond what is allowed. */
const notes =
  (length: number): Block =>
  ({ ctx }) => {
    ctx.state.note = ctx.random() < 0.5 ? 'x'.repeat(length) : ''
    return undefined
  }
/** A heavy message, which is no one's tokens: one that is kept as failed may be too long to be read back. */
const heavy =
  (to: number, length: number, times: number): Block =>
  (turn) => {
    for (let n = 0; n < times; n += 1)
      send(turn, [to, instance(turn)], 'Beta', { tokens: 0, left: 0, ballast: 'x'.repeat(length) })
  }
const tokensBack = (turn: Turn, act: () => void): undefined => {
  if (turn.ctx.random() < 0.3) act()
  return undefined
}
const invalid: Block = (turn) => tokensBack(turn, () => turn.ctx.send(turn.peers[0] as Peer, 'i0').Alpha({ tokens: -1, left: 0 }))
const nowhere: Block = (turn) =>
  tokensBack(turn, () => turn.ctx.send(turn.peers[0] as Peer, 'no such').Alpha({ tokens: 0, left: 0 }))
const forgets: Block = ({ ctx }) => {
  if (ctx.random() > 0.3) return undefined
  ctx.state = undefined as never
  return 'stop'
}
const stranger = contract('stranger', { messages: { Alpha: talk } })
const unknown: Block = (turn) => tokensBack(turn, () => turn.ctx.send(stranger as never, 'i0').Alpha({ tokens: 0, left: 0 }))
/** Goes on when its handler has ended, which its context must not let it. */
const lingers: Block = ({ ctx, peers }) => {
  const goesOn = async (): Promise<void> => {
    for (let ticks = 0; ticks < 20; ticks += 1) await Promise.resolve()
    ctx.send(peers[0] as Peer, 'i0').Alpha({ tokens: 0, left: 0 })
  }
  goesOn().catch(() => {})
  return undefined
}
const nested = (levels: number): unknown => (levels === 0 ? 0 : [nested(levels - 1)])
const deep: Block = (turn) =>
  tokensBack(turn, () => turn.ctx.send(turn.peers[0] as Peer, 'i0').Alpha({ tokens: 0, left: 0, ballast: nested(250) }))
const crowd: Block = (turn) =>
  tokensBack(turn, () => {
    for (let n = 0; n < 2100; n += 1) turn.ctx.sendSelf().Own({ tokens: 0, left: 0 })
  })

/** Draws one block; what costs much time is rare. */
export const drawBlock = (random: Random): Block => {
  const to = random.int(5)
  const rare = random.next()
  if (rare < 0.001) return crowd
  if (rare < 0.0015) return heavy(to, 700_000, 14)
  if (rare < 0.0025) return notes(4_100_000)
  if (rare < 0.0125) return notes(random.pick([130_000, 400_000]))
  if (rare < 0.0225) return heavy(to, random.pick([60_000, 450_000, 1_100_000]), random.between(1, 3))
  if (rare < 0.05) return random.pick([invalid, nowhere, unknown, lingers, deep, forgets])
  return random.pick<() => Block>([
    () => forward(to, random.between(1, 2), random.pick(['Alpha', 'Beta', 'Gamma'])),
    () => forward(to, 1, 'Alpha'),
    () => forward(to, 1, 'Tour'),
    () => forward(to, random.between(1, 2), 'Tour'),
    () => toss(to),
    () => fanOut(to, random.between(2, 12)),
    () => gather(random.between(2, 4)),
    () => answer,
    () => answer,
    () => toItself('Own', random.between(1, 3)),
    () => toItself('Alpha', 1),
    () => burst(to, random.between(2, 12)),
    () => ends,
    () => throws(random.pick([0.1, 0.5]), random.pick([1, 2, 100])),
    () => reads(to),
    () => thinks,
    () => drawWaiting(random),
    () => drawWaiting(random),
    () => drawWaiting(random),
    () => drawRowing(random),
    () => drawRowing(random),
    () => notes(random.int(2000)),
  ])()
}

export type Behaviour = readonly Block[]

/** Runs the blocks of a handler in their order. */
export const behave = (blocks: Behaviour, turn: Turn): undefined | Promise<undefined> => {
  const { ctx, body } = turn
  ctx.state.tokens += body.tokens
  ctx.state.count += 1
  if (body.left === 0) return undefined
  return goOn(blocks, turn)
}
const goOn = ([block, ...rest]: Behaviour, turn: Turn): undefined | Promise<undefined> => {
  if (block === undefined) return undefined
  const done = block(turn)
  if (done === 'stop') return undefined
  return done === undefined ? goOn(rest, turn) : done.then((said) => (said === 'stop' ? undefined : goOn(rest, turn)))
}
