// An app of accounts that pay each other by calls, and a workload of payments that are refused, fail, stumble and come late.
import * as z from 'zod'
import { type App, CallFailed, contract, type Deploy, defineApp, defineProcess, outcomeOf } from '../../lib/index.ts'
import type { Random, World } from '../../lib/sim/index.ts'

/** How the callee takes it: at once, with a refusal, never, or at its third try only. */
const mood = z.enum(['well', 'refuses', 'fails', 'stumbles'])
const cents = z.int().nonnegative()
const payment = z.object({
  to: z.enum(['account', 'purse']),
  id: z.string(),
  n: z.int(),
  cents,
  mood,
  within: z.int().positive(),
})
type Payment = z.output<typeof payment>
const spec = {
  messages: {
    Open: z.object({ cents }),
    Pay: payment,
    /** Asks, and ends: nobody hears the answer. */
    Glance: z.object({ id: z.string() }),
    /** Asks all of them at once. */
    Survey: z.object({ ids: z.array(z.string()), mood, within: z.int().positive() }),
  },
  calls: {
    Deposit: { request: z.object({ n: z.int(), cents, mood }), reply: z.object({ n: z.int() }) },
    Look: { request: z.object({ mood }), reply: z.object({ cents }) },
  },
}
const Account = contract('account', spec)
const Purse = contract('purse', spec)
const both = { account: Account, purse: Purse } as const

const state = z.object({
  opened: cents,
  cents,
  /** Numbers of deposits that were taken. */
  taken: z.array(z.int()),
  /** One payment is made at a time: outcomes come without a name. */
  queue: z.array(payment),
  open: payment.optional(),
  paid: z.array(z.int()),
  refunded: z.array(z.int()),
  /** Nobody knows of these: the deadline came first. */
  doubtful: z.array(z.object({ n: z.int(), cents })),
  asked: z.int(),
  heard: z.int(),
  wrong: z.array(z.string()),
})
type State = z.output<typeof state>

/** The request that was last begun, as anybody may learn who can read a log. */
let lastBegun = ''

const take = (attempt: number, how: z.output<typeof mood>, key: string): void => {
  lastBegun = key.slice(0, key.indexOf('>'))
  if (how === 'refuses') throw new CallFailed('closed', 'this account takes nothing')
  if (how === 'fails') throw new Error('this never works')
  if (how === 'stumbles' && attempt < 3) throw new Error('not yet')
}

const banking = (own: typeof Account | typeof Purse, deploy: Deploy) => {
  const definition = defineProcess(own, {
    state,
    uses: [Account, Purse],
    internal: { Paid: outcomeOf(Account, 'Deposit'), Looked: outcomeOf(Account, 'Look') },
    deploy: { attempts: 3, ...deploy },
  })
  type Ctx = { state: State; request: (of: typeof Account, id: string) => { Deposit: (body: object, options: object) => void } }
  const next = (given: unknown): void => {
    const ctx = given as Ctx
    if (ctx.state.open !== undefined) return
    const one = ctx.state.queue.shift()
    if (one === undefined) return
    const { to, id, n, mood: how, within } = one
    const sum = Math.min(one.cents, ctx.state.cents)
    ctx.state.cents -= sum
    ctx.state.open = { ...one, cents: sum }
    ctx.request(both[to] as typeof Account, id).Deposit({ n, cents: sum, mood: how }, { outcome: 'Paid', within })
  }
  return definition.handle({
    initial: () => ({
      opened: 0,
      cents: 0,
      taken: [],
      queue: [],
      paid: [],
      refunded: [],
      doubtful: [],
      asked: 0,
      heard: 0,
      wrong: [],
    }),
    on: {
      Open(ctx, { cents: more }) {
        ctx.state.opened += more
        ctx.state.cents += more
      },
      Pay(ctx, one: Payment) {
        ctx.state.queue.push(one)
        next(ctx)
      },
      Glance(ctx, { id }) {
        ctx.request(Purse, id).Look({ mood: 'well' }, { outcome: 'Looked', within: 60_000 })
        ctx.end()
      },
      Survey(ctx, { ids, mood: how, within }) {
        for (const id of ids) ctx.request(Purse, id).Look({ mood: how }, { outcome: 'Looked', within })
        ctx.state.asked += ids.length
      },
      Paid(ctx, outcome) {
        const { open, paid, refunded, doubtful, wrong } = ctx.state
        if (open === undefined) return void wrong.push('an outcome came, and nothing was asked')
        if (outcome.ok && outcome.reply.n !== open.n) wrong.push(`the outcome of ${outcome.reply.n} came for ${open.n}`)
        if (outcome.ok) paid.push(open.n)
        else if (outcome.code === 'deadline') doubtful.push({ n: open.n, cents: open.cents })
        else {
          ctx.state.cents += open.cents
          refunded.push(open.n)
        }
        ctx.state.open = undefined
        next(ctx)
      },
      Looked(ctx) {
        ctx.state.heard += 1
      },
    },
    answer: {
      Deposit(ctx, { n, cents: more, mood: how }) {
        take(ctx.attempt, how, ctx.idempotencyKey(''))
        ctx.state.cents += more
        ctx.state.taken.push(n)
        return { n }
      },
      Look(ctx, { mood: how }) {
        take(ctx.attempt, how, ctx.idempotencyKey(''))
        return { cents: ctx.state.cents }
      },
    },
  })
}

export const payments: App = defineApp('payments', import.meta.url, [
  banking(Account, {}),
  banking(Purse, { mailbox: 'unordered' }),
])

const moods = ['well', 'well', 'well', 'refuses', 'fails', 'stumbles'] as const
/** Some too short for any answer, some long enough for most. */
const withins = [500, 5000, 60_000, 600_000, 3_600_000]

export const pay = async (world: World, random: Random): Promise<void> => {
  lastBegun = ''
  const ids = ['a', 'b', 'c'].slice(0, random.between(2, 3))
  const some = () => world.send(random.pick([Account, Account, Purse]), random.pick(ids))
  const asking = () => ({ mood: random.pick(moods), within: random.pick(withins) })
  for (let n = random.between(3, 8); n > 0; n -= 1) {
    const options = random.chance(0.5) ? { key: `pay-${n}` } : {}
    const doing = random.next()
    if (random.chance(0.1)) {
      const guest = world.send(Account, 'guest')
      guest.Glance({ id: random.pick(ids) })
      guest.Open({ cents: 0 })
    }
    if (doing < 0.25) some().Open({ cents: random.int(100) }, options)
    else if (doing < 0.8)
      some().Pay(
        { to: random.pick(['account', 'purse'] as const), id: random.pick(ids), n, cents: random.int(50), ...asking() },
        options,
      )
    else if (doing < 0.9) forge(world, n)
    else some().Survey({ ids: random.chance(0.5) ? ids : ['a', 'a'], ...asking() }, options)
    if (random.chance(0.4)) await world.advance(random.int(random.pick([1000, 20_000, 600_000])))
  }
}

/** Answers in the callee's place. */
const forge = (world: World, n: number): void => {
  const [process, to] = lastBegun.split('/')
  if (process === undefined || to === undefined) return
  const body = { call: lastBegun, ok: true, reply: { n: -1, cents: 0 } }
  const envelope = { id: `forged-${n}`, to, type: '~reply', from: 'account/nobody', body, at: world.now().getTime() }
  world.post(process === 'account' ? Account : Purse, JSON.stringify(envelope), to, `forged-${n}`)
}

const statesOf = (world: World): readonly State[] =>
  ['account', 'purse'].flatMap((process) => Object.values(world.states()[process] ?? {}) as State[])

/** Outcomes that were set aside, since the function died too often over them: nobody has heard of those. */
const unheard = (world: World): number =>
  world.failed().filter(({ id, type }) => (type === '~reply' || type === '~deadline') && !id.startsWith('forged')).length

/** Who asked was told of the failure, and has gone on: what failed must not be done after all. */
export const givesUp = { redrives: 0, discards: true } as const

export const paymentClaims = {
  'each request comes out once': (world: World) => {
    const states = statesOf(world)
    const [asked, heard] = [states, states].map((all, n) =>
      all.reduce((sum, one) => sum + (n === 0 ? one.asked : one.heard), 0),
    ) as [number, number]
    const open = states.filter((one) => one.open !== undefined).length
    const missing = asked - heard + open
    return [
      ...states.flatMap(({ wrong }) => wrong),
      ...(missing >= 0 && missing <= unheard(world)
        ? []
        : [`${asked} were asked, ${heard} heard, and ${open} payments are open`]),
    ]
  },
  'what was paid was taken once, and what was refunded was not': (world: World) => {
    const states = statesOf(world)
    const taken = states.flatMap((one) => one.taken)
    const times = (n: number): number => taken.filter((one) => one === n).length
    return states.flatMap(({ paid, refunded }) => [
      ...paid.filter((n) => times(n) !== 1).map((n) => `${n} was paid, and taken ${times(n)} times`),
      ...refunded.filter((n) => times(n) !== 0).map((n) => `${n} was refunded, and taken ${times(n)} times`),
    ])
  },
  'money is conserved': (world: World) => {
    const states = statesOf(world)
    const taken = new Set(states.flatMap((one) => one.taken))
    const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)
    const under = states.flatMap(({ doubtful, open }) => [...doubtful, ...(open === undefined ? [] : [open])])
    const all = sum(states.map((one) => one.opened))
    const kept = sum(states.map((one) => one.cents)) + sum(under.filter(({ n }) => !taken.has(n)).map((one) => one.cents))
    return all === kept || [`${all} came in, ${kept} are there`]
  },
}
