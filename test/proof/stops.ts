// An app whose books stand still on pages that cannot be written, and a workload of scribes, poison and a person who redrives, edits and discards.
//
// Each scribe numbers what it sends, so that a book tells whether all came, once, and in order.
import * as z from 'zod'
import { type App, contract, type Deploy, defineApp, defineProcess } from '../../lib/index.ts'
import type { Failed, Random, World } from '../../lib/sim/index.ts'

/** Whether a page can be written: at once, once the code is corrected, or only if it is edited. */
const mood = z.enum(['well', 'waits', 'never'])
const page = z.object({ by: z.string(), n: z.int(), mood })
const spec = { messages: { Write: page } }
const Book = contract('book', spec)
const Heap = contract('heap', spec)
const Scribe = contract('scribe', {
  messages: { Copy: z.object({ to: z.enum(['book', 'heap']), id: z.string(), moods: z.array(mood) }) },
})

const state = z.object({ pages: z.array(page), changes: z.int() })
type State = z.output<typeof state>

/** Pages that wait can be written from now on. */
let corrected = false

const writing = (own: typeof Book | typeof Heap, deploy: Deploy) =>
  defineProcess(own, { state, internal: { Turn: z.object({}) }, deploy: { attempts: 3, ...deploy } }).handle({
    initial: () => ({ pages: [], changes: 0 }),
    on: {
      Write(ctx, written) {
        if (written.mood === 'never' || (written.mood === 'waits' && !corrected)) throw new Error('the ink is dry')
        ctx.state.pages.push(written)
        ctx.sendSelf().Turn()
      },
      Turn(ctx) {
        ctx.state.changes += 1
      },
    },
  })

const scribe = defineProcess(Scribe, { state: z.object({ sent: z.record(z.string(), z.int()) }), uses: [Book, Heap] }).handle({
  initial: () => ({ sent: {} }),
  on: {
    Copy(ctx, { to, id, moods }) {
      const at = `${to}/${id}`
      for (const one of moods) {
        const n = (ctx.state.sent[at] ?? 0) + 1
        ctx.state.sent[at] = n
        ctx.send(to === 'book' ? Book : Heap, id).Write({ by: ctx.self.id, n, mood: one })
      }
    },
  },
})

export const stops: App = defineApp('stops', import.meta.url, [
  writing(Book, {}),
  writing(Heap, { mailbox: 'unordered' }),
  scribe,
])

const moods = ['well', 'well', 'well', 'waits', 'never'] as const
const ids = ['a', 'b'] as const

/** One that fails is edited so that it can be written, given up, or tried again as it is. */
const treat = (world: World, random: Random, one: Failed): void => {
  const body = one.body as z.output<typeof page> | undefined
  const doing = random.next()
  if (doing < 0.3 && body !== undefined) world.redrive(one, { body: { ...body, mood: 'well' }, by: 'a test' })
  else if (doing < 0.45) world.discard(one, { why: 'a test' })
  else if (doing < 0.6) world.moveDeadLetters(one.process)
  else world.redrive(one)
}

export const stumble = async (world: World, random: Random): Promise<void> => {
  corrected = false
  const kind = random.pick([moods, moods, ['well'] as const])
  for (let n = random.between(4, 12); n > 0; n -= 1) {
    const some = Array.from({ length: random.between(1, 5) }, () => random.pick(kind))
    world
      .send(Scribe, random.pick(ids))
      .Copy({ to: random.pick(['book', 'book', 'heap'] as const), id: random.pick(ids), moods: some })
    if (random.chance(0.6)) await world.advance(random.int(random.pick([1000, 60_000, 900_000])))
    if (random.chance(0.15)) corrected = true
    if (random.chance(0.3)) for (const one of world.failed()) if (random.chance(0.6)) treat(world, random, one)
  }
  corrected = true
}

const booksIn = (world: World) =>
  ['book', 'heap'].flatMap((process) =>
    Object.entries((world.states()[process] ?? {}) as { readonly [id: string]: State }).map(([id, one]) => ({
      process,
      id,
      ...one,
    })),
  )

/** Pages that somebody gave up, or that nobody has done anything about. */
const missing = (world: World) => [...world.failed(), ...world.resolved().filter(({ how }) => how === 'discarded')]

export const stopClaims = {
  'pages of a scribe are in its order': (world: World) =>
    booksIn(world)
      .filter(({ process }) => process === 'book')
      .flatMap(({ id, pages }) =>
        ids.flatMap((by) => {
          const numbers = pages.filter((one) => one.by === by).map(({ n }) => n)
          const sorted = numbers.toSorted((a, b) => a - b)
          return numbers.join() === sorted.join() ? [] : [`book/${id} has ${numbers.join()} of ${by}`]
        }),
      ),
  'each page is written once, or given up': (world: World) => {
    const scribes = Object.values(world.states().scribe ?? {}) as { readonly sent: { readonly [at: string]: number } }[]
    const sent = scribes.flatMap((one) => Object.values(one.sent)).reduce((sum, n) => sum + n, 0)
    const books = booksIn(world)
    const written = books.reduce((sum, { pages }) => sum + pages.length, 0)
    const turned = books.reduce((sum, { changes }) => sum + changes, 0)
    const lost = missing(world)
    const of = (type: string): number => lost.filter((one) => one.type === type).length
    return [
      ...(sent === written + of('Write') ? [] : [`${sent} were sent, ${written} written, ${of('Write')} given up`]),
      ...(written === turned + of('Turn') ? [] : [`${written} were written, ${turned} turned, ${of('Turn')} given up`]),
    ]
  },
  'no book stands still at the end': (world: World) => world.failed().every(({ parked }) => !parked),
}
