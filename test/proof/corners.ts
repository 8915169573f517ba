// An app and a workload aimed at the corners of the protocol: second copies minutes and months later, bundles over a queue message, windows that
// overflow at once, states on pages, instances that end and begin again, and what no sender may say.
import * as z from 'zod'
import { type App, type Contract, contract, type Deploy, defineApp, defineProcess } from '../../lib/index.ts'
import type { Failed, Random, World } from '../../lib/sim/index.ts'

const spec = {
  messages: {
    Tally: z.object({ ballast: z.string().optional() }),
    /** Sends `count` tallies of `bytes` each to each of `ids`. */
    Burst: z.object({
      to: z.enum(['hub', 'yard']),
      ids: z.array(z.string()),
      count: z.int().positive(),
      bytes: z.int().nonnegative(),
    }),
    /** Lets the state be so long. */
    Grow: z.object({ bytes: z.int().nonnegative() }),
    /** Sends itself a message that only it may send. */
    Muse: z.object({}),
    /** Ends, and lets `a` of the hub count it. */
    End: z.object({}),
  },
  view: z.object({ count: z.int() }),
}
export const Hub = contract('hub', spec)
const Yard = contract('yard', spec)
const both = { hub: Hub, yard: Yard } as const

const counting = (own: typeof Hub | typeof Yard, deploy: Deploy) =>
  defineProcess(own, {
    state: z.object({ count: z.int(), note: z.string() }),
    uses: [Hub, Yard],
    internal: { Later: z.object({}) },
    deploy,
  }).handle({
    initial: () => ({ count: 0, note: '' }),
    view: ({ count }) => ({ count }),
    on: {
      Tally(ctx) {
        ctx.state.count += 1
      },
      Burst(ctx, { to, ids, count, bytes }) {
        const ballast = 'x'.repeat(bytes)
        for (let n = 0; n < count; n += 1) for (const id of ids) ctx.send(both[to], id).Tally(bytes > 0 ? { ballast } : {})
      },
      Grow(ctx, { bytes }) {
        ctx.state.note = 'y'.repeat(bytes)
      },
      Muse(ctx) {
        ctx.sendSelf().Later({})
      },
      Later(ctx) {
        ctx.state.count += 1
      },
      End(ctx) {
        ctx.send(Hub, 'a').Tally()
        ctx.end()
      },
    },
  })

export const corners: App = defineApp('corners', import.meta.url, [counting(Hub, {}), counting(Yard, { mailbox: 'unordered' })])

/** What a workload did to its world, for the claims afterwards. */
interface Book {
  /** What all counts must come to, as long as nothing fails. */
  counts: number
  /** Ids of messages that only an instance itself may send. */
  readonly forged: string[]
  /** Ids of messages of which a copy came so late that nobody can know them. */
  readonly tooLate: Set<string>
}
const books = new WeakMap<World, Book>()
const dayMs = 24 * 3_600_000

type Act = (asked: Asked) => void

const doing =
  (acts: readonly Act[], restlessness: number) =>
  async (world: World, random: Random): Promise<void> => {
    const asked = ask(world, random)
    for (let steps = random.between(4, 12); steps > 0; steps -= 1) {
      random.pick(acts)(asked)
      if (random.chance(0.6)) await world.advance(random.int(random.pick([2000, 60_000, 600_000])))
      if (random.chance(restlessness)) await world.advance(random.pick([60, 100, 200]) * dayMs)
    }
  }

const ask = (world: World, random: Random): Asked => {
  const book: Book = { counts: 0, forged: [], tooLate: new Set() }
  books.set(world, book)
  return { world, random, book, posted: [], sent: 0 }
}

interface Asked {
  readonly world: World
  readonly random: Random
  readonly book: Book
  /** Envelopes that any tool has put on a mailbox, to be put there again. */
  readonly posted: {
    readonly to: Contract
    readonly id: string
    readonly at: number
    readonly text: string
    readonly group: string
  }[]
  sent: number
}

// The instance `end` ends now and then, so its count says nothing.
const instanceOf = (random: Random): string => random.pick(['a', 'a', 'b'])
const target = (random: Random) => random.pick([Hub, Yard])
const next = (asked: Asked): number => {
  asked.sent += 1
  return asked.sent
}

/** Some tallies under keys; the client may try again. */
const keyed = (asked: Asked): void => {
  const { world, random, book } = asked
  const [to, id] = [target(random), instanceOf(random)]
  for (let n = random.between(1, 30); n > 0; n -= 1) {
    world.send(to, id).Tally({}, { key: `key-${next(asked)}` })
    book.counts += 1
  }
}

/** Tallies from other tools, each with a time of its own, and some of them twice at once. */
const posted = (asked: Asked): void => {
  const { world, random, book } = asked
  const [to, group] = [target(random), instanceOf(random)]
  for (let n = random.between(1, 24); n > 0; n -= 1) {
    const number = next(asked)
    const id = `tool-${number}/1/0/0`
    const at = world.now().getTime() - random.pick([0, random.int(60_000), random.int(3_600_000)])
    const from = random.chance(0.7) ? { from: `tool-${number}/1` } : {}
    const text = JSON.stringify({ id, to: group, type: 'Tally', body: {}, at, ...from })
    asked.posted.push({ to, id, at, text, group })
    for (let copies = random.pick([1, 1, 2, 3]); copies > 0; copies -= 1) post(asked, to, text, group)
    book.counts += 1
  }
}
const post = (asked: Asked, to: Contract, text: string, group: string): void =>
  asked.world.post(to, text, group, `post-${next(asked)}`)

/** Copies of what was posted before, byte by byte, as a tool sends them that was not answered. */
const repeated = (asked: Asked): void => {
  const { world, random, book } = asked
  for (let n = Math.min(asked.posted.length, random.between(1, 20)); n > 0; n -= 1) {
    const { to, id, at, text, group } = random.pick(asked.posted)
    if (world.now().getTime() - at > 170 * dayMs) book.tooLate.add(id)
    post(asked, to, text, group)
  }
}

/** Many small ones, or some that fill a queue message. */
const burst = (asked: Asked): void => bundle(asked, asked.random.between(2, 60), 0)
const freight = (asked: Asked): void => {
  const [most, bytes] = asked.random.pick([
    [1, 200_000],
    [5, 450_000],
    [8, 300_000],
  ] as const)
  bundle(asked, asked.random.between(1, most), bytes)
}
const bundle = ({ world, random, book }: Asked, count: number, bytes: number): void => {
  const ids = random.pick([['a'], ['b'], ['a', 'b']])
  world.send(Hub, random.pick(['a', 'b', 'end'])).Burst({ to: target(random).name, ids, count, bytes })
  book.counts += count * ids.length
}

/** Two instances at once, each with its own: what fills up a batch of the one may be passed by the other's. */
const tandem = ({ world, random, book }: Asked): void => {
  const count = random.between(4, 6)
  world.send(Hub, 'a').Burst({ to: 'hub', ids: ['a'], count, bytes: 300_000 })
  world.send(Hub, 'b').Burst({ to: 'hub', ids: ['b'], count: 1, bytes: 300_000 })
  book.counts += count + 1
}

const grow = ({ world, random }: Asked): void => {
  const [to, id] = [target(random), instanceOf(random)]
  world.send(to, id).Grow({ bytes: random.pick([0, 130_000, 400_000]) })
}

const muse = ({ world, random, book }: Asked): void => {
  const [to, id] = [target(random), instanceOf(random)]
  for (let n = random.between(1, 5); n > 0; n -= 1) {
    world.send(to, id).Muse({})
    book.counts += 1
  }
}

/** Some messages to an instance that ends, and to the one that begins again under its name. */
const end = (asked: Asked): void => {
  const { world, random, book } = asked
  const to = target(random)
  for (let n = random.between(1, 6); n > 0; n -= 1) {
    const sender = world.send(to, 'end')
    const options = random.chance(0.5) ? { key: `end-${next(asked)}` } : {}
    if (random.chance(0.6)) sender.Tally({}, options)
    else {
      sender.End({}, options)
      book.counts += 1
    }
  }
}

/** Texts that are no messages, types that nobody knows, and what only an instance says to itself. */
const odd = (asked: Asked): void => {
  const { random, book } = asked
  const [to, group] = [target(random), instanceOf(random)]
  const id = `odd-${next(asked)}`
  const forged = JSON.stringify({
    id,
    to: group,
    type: 'Later',
    body: {},
    ...(random.chance(0.5) && { from: `${to.name}/${group}` }),
  })
  const text = random.pick([
    forged,
    'not JSON',
    `{"id":"${id}","type":"Tally"}`,
    `{"id":"${id}","to":"${group}","type":"Nothing"}`,
  ])
  if (text === forged) book.forged.push(id)
  // A key names one message of each receiver.
  for (const receiver of random.pick([[group], ['a', 'b']]))
    post(asked, to, text.replace(`"to":"${group}"`, `"to":"${receiver}"`), receiver)
}

/** Some odd things one after the other, to few instances. */
export const wander = doing([keyed, keyed, posted, posted, repeated, repeated, burst, burst, freight, grow, muse, end, odd], 0.04)
/** Months pass: what was remembered is on its way out, and copies come all the same. */
export const hibernate = doing([keyed, posted, posted, repeated, repeated, repeated, burst, end, muse], 0.4)
/** Bundles of more than one queue message, to instances whose states lie on pages. */
export const haul = doing([freight, freight, tandem, grow, keyed], 0)
/** Instances whose states lie on pages, and much that comes to them at once. */
export const shelve = doing([grow, grow, keyed, posted, odd], 0)

/** Failures that the workload did not ask for: a message in whose tries the function died too often is one by right, where it dies at all. */
const unasked = (world: World, { forged, tooLate }: Book): readonly Failed[] => {
  const { crash, zombie, slow } = world.faults.plan
  return world.failed().filter(({ id, code, planned }) => {
    if (planned || code === 'malformed' || code === 'unknown-type') return false
    if (code === 'not-asked') return !forged.includes(id)
    // What an instance that was left alone for months sends again is too old by then.
    if (code === 'too-old') return id.startsWith('tool-') && !tooLate.has(id)
    return code !== 'handler-died' || crash + zombie + slow === 0
  })
}

const bookOf = (world: World): Book => books.get(world) ?? { counts: 0, forged: [], tooLate: new Set() }

export const cornerClaims = {
  'nothing is set aside but what must be': (world: World) =>
    unasked(world, bookOf(world)).map(({ id, code }) => `${id} (${code})`),
  'what only an instance says to itself is refused from others': (world: World) => {
    const refused = new Set(world.failed().map(({ id }) => id))
    return bookOf(world).forged.filter((id) => !refused.has(id))
  },
  'each tally is counted once': (world: World) => {
    const lost = world.failed().filter(({ code, planned }) => planned || code === 'handler-died')
    if (lost.some(({ type }) => type !== 'Tally' && type !== 'Later')) return true
    const { counts } = bookOf(world)
    // What stayed undone past the horizon is kept instead, or was done before: which of the two, nobody knows.
    const late = world.failed().filter(({ id, code }) => code === 'too-old' && !id.startsWith('tool-')).length
    const counted = countsOf(world)
      .filter(([, id]) => id !== 'end')
      .reduce((sum, [, , count]) => sum + count, 0)
    const expected = counts - lost.filter(({ instance }) => instance !== 'end').length
    return (counted <= expected && counted >= expected - late) || [`${counted} were counted, ${expected} were sent`]
  },
  'what is published is of the newest state': (world: World) =>
    countsOf(world).flatMap(([process, id, count]) =>
      world.view(both[process], id)?.count === count ? [] : [`${process}/${id} publishes another count than ${count}`],
    ),
}

const countsOf = (world: World) =>
  (['hub', 'yard'] as const).flatMap((process) =>
    Object.entries(world.states()[process] ?? {}).map(
      ([id, state]) => [process, id, (state as { readonly count: number }).count] as const,
    ),
  )
