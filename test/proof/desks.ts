// An app whose callers wait for the answer, beside messages to the same instances: bookings under keys, readings, refusals.
import * as z from 'zod'
import { type App, CallFailed, contract, type Deploy, defineApp, defineProcess } from '../../lib/index.ts'
import type { Random, World } from '../../lib/sim/index.ts'

const Ledger = contract('ledger', { messages: { Note: z.object({ n: z.int() }) } })
const spec = {
  messages: { Tally: z.object({}) },
  calls: {
    /** `loud`: others hear of it; `held`: only until a timer fires. */
    Book: { request: z.object({ n: z.int(), loud: z.boolean(), held: z.boolean() }), reply: z.object({ seat: z.int() }) },
    Look: { request: z.object({}), reply: z.object({ booked: z.int() }) },
  },
}
const Desk = contract('desk', spec)
const Counter = contract('counter', spec)

const seats = 30
const serving = (own: typeof Desk | typeof Counter, deploy: Deploy) =>
  defineProcess(own, {
    state: z.object({ booked: z.array(z.int()), tallies: z.int(), released: z.array(z.int()) }),
    uses: [Ledger],
    internal: { Release: z.object({ n: z.int() }) },
    deploy,
  }).handle({
    initial: () => ({ booked: [], tallies: 0, released: [] }),
    on: {
      Tally(ctx) {
        ctx.state.tallies += 1
      },
      Release(ctx, { n }) {
        ctx.state.released.push(n)
      },
    },
    answer: {
      Book(ctx, { n, loud, held }) {
        const { booked } = ctx.state
        if (booked.length === seats) throw new CallFailed('full', 'every seat is taken')
        booked.push(n)
        if (loud) ctx.send(Ledger, 'all').Note({ n })
        if (held) ctx.after('5m', { name: `hold-${n}` }).Release({ n })
        return { seat: booked.length }
      },
      Look: (ctx) => ({ booked: ctx.state.booked.length }),
    },
  })

const ledger = defineProcess(Ledger, { state: z.object({ noted: z.array(z.int()) }) }).handle({
  initial: () => ({ noted: [] }),
  on: {
    Note(ctx, { n }) {
      ctx.state.noted.push(n)
    },
  },
})

export const desks: App = defineApp('desks', import.meta.url, [
  serving(Desk, {}),
  serving(Counter, { mailbox: 'unordered' }),
  ledger,
])

interface Booking {
  readonly at: string
  readonly n: number
  readonly loud: boolean
  readonly held: boolean
  /** Of all answers under its key. */
  readonly seats: number[]
  readonly codes: string[]
}
interface Book {
  readonly bookings: Booking[]
  tallies: number
  readonly wrong: string[]
}
const books = new WeakMap<World, Book>()
const bookOf = (world: World): Book => books.get(world) ?? { bookings: [], tallies: 0, wrong: [] }

export const queue = async (world: World, random: Random): Promise<void> => {
  const book: Book = { bookings: [], tallies: 0, wrong: [] }
  books.set(world, book)
  const ids = ['a', 'a', 'b'] as const
  const codeOf = (thrown: unknown): string => String((thrown as { readonly code?: string }).code)
  const ask = (to: typeof Desk | typeof Counter, id: string, booking: Booking): void => {
    const { n, loud, held, seats: given, codes } = booking
    world
      .call(to, id)
      .Book({ n, loud, held }, { key: `book-${n}` })
      .then(
        ({ seat }) => void given.push(seat),
        (thrown: unknown) => void codes.push(codeOf(thrown)),
      )
  }
  for (let n = random.between(4, 12); n > 0; n -= 1) {
    const to = random.pick([Desk, Desk, Counter])
    const id = random.pick(ids)
    const doing = random.next()
    // Sometimes more at once than one record keeps answers.
    const rush = random.chance(0.03) ? 20 : 1
    if (doing < 0.45)
      for (let extra = 0; extra < rush; extra += 1) {
        const number = n * 100 + extra
        const quiet = rush > 1
        const booking: Booking = {
          at: `${to.name}/${id}`,
          n: number,
          loud: !quiet && random.chance(0.5),
          held: !quiet && random.chance(0.3),
          seats: [],
          codes: [],
        }
        book.bookings.push(booking)
        ask(to, id, booking)
      }
    else if (doing < 0.6 && book.bookings.length > 0) {
      const booking = random.pick(book.bookings)
      const again = booking.at.startsWith('desk/') ? Desk : Counter
      ask(again, booking.at.slice(again.name.length + 1), booking)
    } else if (doing < 0.8) {
      const before = book.bookings.filter(({ at, seats: given }) => at === `${to.name}/${id}` && given.length > 0).length
      world
        .call(to, id)
        .Look()
        .then(
          ({ booked }) => booked >= before || book.wrong.push(`${to.name}/${id} had booked ${before}, and says ${booked}`),
          () => {},
        )
    } else {
      book.tallies += 1
      world.send(to, id).Tally({}, { key: `tally-${n}` })
    }
    if (random.chance(0.5)) await world.advance(random.int(random.pick([200, 10_000, 600_000])))
  }
}

interface State {
  readonly booked: readonly number[]
  readonly released: readonly number[]
  readonly tallies: number
}
const instances = (world: World): ReadonlyMap<string, State> =>
  new Map(
    ['desk', 'counter'].flatMap((process) =>
      Object.entries(world.states()[process] ?? {}).map(([id, state]) => [`${process}/${id}`, state as State] as const),
    ),
  )

export const deskClaims = {
  'who has an answer has a seat, and nobody has two': (world: World) =>
    bookOf(world).bookings.flatMap(({ at, n, seats: given }) => {
      const booked = instances(world).get(at)?.booked ?? []
      const times = booked.filter((one) => one === n).length
      return [
        ...(times <= 1 ? [] : [`${at} booked ${n} ${times} times`]),
        ...given.filter((seat) => booked[seat - 1] !== n).map((seat) => `${at} gave ${n} seat ${seat}, where it is not`),
      ]
    }),
  'others hear once of what was booked aloud': (world: World) => {
    const all = [...instances(world).values()].flatMap(({ booked }) => booked)
    const noted = (world.states().ledger?.all as { readonly noted: readonly number[] } | undefined)?.noted ?? []
    const loud = new Set(bookOf(world).bookings.flatMap((one) => (one.loud ? [one.n] : [])))
    const missing = all.filter((n) => loud.has(n) && !noted.includes(n)).length - lostIn(world, 'ledger')
    return [
      ...(missing <= 0 ? [] : [`${missing} were not noted`]),
      ...noted.filter((n) => !loud.has(n) || !all.includes(n)).map((n) => `${n} was noted, and not booked`),
      ...(new Set(noted).size === noted.length ? [] : ['one was noted twice']),
    ]
  },
  'what is held is released once': (world: World) => {
    const held = new Set(bookOf(world).bookings.flatMap((one) => (one.held ? [one.n] : [])))
    const all = [...instances(world).values()]
    const missing = all.flatMap(({ booked, released }) => booked.filter((n) => held.has(n) && !released.includes(n)))
    return [
      ...missing.slice(lostIn(world, 'desk') + lostIn(world, 'counter')).map((n) => `${n} was not released`),
      ...all.flatMap(({ released }) => (new Set(released).size === released.length ? [] : ['one was released twice'])),
    ]
  },
  'what is read is not older than what was answered before': (world: World) => bookOf(world).wrong,
  'each tally counts once': (world: World) => {
    const counted = [...instances(world).values()].reduce((sum, { tallies }) => sum + tallies, 0)
    const { tallies } = bookOf(world)
    return counted === tallies - world.failed().filter(({ type }) => type === 'Tally').length || [`${counted} of ${tallies}`]
  },
}

/** Messages in whose tries the function died too often. */
const lostIn = (world: World, of: string): number => world.failed().filter(({ process }) => process === of).length
