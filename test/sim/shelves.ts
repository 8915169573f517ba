// An app whose instances keep rows, each with a copy of what they should be in its state, and a workload that writes, deletes, reads and
// ends them.
import * as z from 'zod'
import { type ContextOf, contract, type Deploy, defineProcess } from '../../lib/index.ts'
import type { Random, World } from '../../lib/sim/index.ts'

const key = z.string().min(1)
const spec = {
  messages: {
    /** Puts rows, and deletes others. */
    Keep: z.object({ n: z.int(), put: z.array(key), drop: z.array(key), passOn: z.boolean().default(false) }),
    /** Looks at all rows, page by page. */
    Check: z.object({ limit: z.int(), reverse: z.boolean() }),
    /** Deletes what every write writes. */
    Clear: z.object({}),
    End: z.object({}),
  },
  calls: {
    /** Changes rows, and answers how many writes there were. */
    Turn: { request: z.object({ n: z.int(), put: z.array(key) }), reply: z.object({ writes: z.int() }) },
    /** What the state and each of two rows say: all were written together. */
    Look: { request: z.object({ by: z.enum(['get', 'getAll', 'range']) }), reply: z.object({ said: z.array(z.int()) }) },
  },
}
const Shelf = contract('shelf', spec)
const Rack = contract('rack', spec)

const definition = (own: typeof Shelf | typeof Rack, deploy: Deploy) =>
  defineProcess(own, {
    state: z.object({
      /** What the rows are, by key. */
      kept: z.record(z.string(), z.int()),
      writes: z.int(),
      wrong: z.array(z.string()),
    }),
    rows: z.object({ n: z.int() }),
    uses: [Shelf, Rack],
    deploy,
  })
type Ctx = ContextOf<ReturnType<typeof definition>>

/** Rows that every write writes. */
const twins = ['twin/a', 'twin/z'] as const
const orNothing = (n: number | undefined): string => (n === undefined ? 'nothing' : String(n))

const write = async (ctx: Ctx, n: number, put: readonly string[], drop: readonly string[] = []): Promise<void> => {
  const { kept, wrong } = ctx.state
  for (const one of new Set([...put, ...drop])) {
    const found = (await ctx.rows.get(one))?.n
    if (found !== kept[one]) wrong.push(`${one} is ${orNothing(found)}, and was left as ${orNothing(kept[one])}`)
  }
  ctx.state.writes += 1
  for (const one of put) {
    ctx.rows.put(one, { n })
    kept[one] = n
  }
  for (const one of drop) {
    ctx.rows.delete(one)
    delete kept[one]
  }
  for (const twin of twins) {
    ctx.rows.put(twin, { n: ctx.state.writes })
    kept[twin] = ctx.state.writes
  }
}

const check = async (ctx: Ctx, limit: number, reverse: boolean): Promise<void> => {
  const found: (readonly [string, number])[] = []
  let cursor: string | undefined
  do {
    const page = await ctx.rows.range({ limit, reverse, ...(cursor !== undefined && { cursor }) })
    found.push(...page.rows.map((row) => [row.key, row.value.n] as const))
    cursor = page.cursor
  } while (cursor !== undefined)
  const due = Object.entries(ctx.state.kept).sort(([a], [b]) => (a < b === reverse ? 1 : -1))
  if (JSON.stringify(found) !== JSON.stringify(due))
    ctx.state.wrong.push(`the rows are ${JSON.stringify(found)}, and were left as ${JSON.stringify(due)}`)
  const some = Object.keys(ctx.state.kept)
  const many = await ctx.rows.getAll(['none', ...some])
  if (many.some((row, n) => row?.n !== ctx.state.kept[some[n - 1] ?? ''])) ctx.state.wrong.push('rows read at once are others')
}

const look = async ({ state, rows }: Ctx, by: 'get' | 'getAll' | 'range'): Promise<number[]> => {
  const found =
    by === 'get'
      ? [await rows.get(twins[0]), await rows.get(twins[1])]
      : by === 'getAll'
        ? await rows.getAll(twins)
        : [
            (await rows.range({ prefix: 'twin/', limit: 1 })).rows[0]?.value,
            (await rows.range({ prefix: 'twin/', limit: 1, reverse: true })).rows[0]?.value,
          ]
  return [state.writes, ...found.map((row) => row?.n ?? 0)]
}

const keeping = (own: typeof Shelf | typeof Rack, deploy: Deploy) =>
  definition(own, deploy).handle({
    initial: () => ({ kept: {}, writes: 0, wrong: [] }),
    on: {
      async Keep(ctx, { n, put, drop, passOn }) {
        await write(ctx, n, put, drop)
        if (passOn) ctx.send(ctx.self.process === 'shelf' ? Rack : Shelf, ctx.self.id).Keep({ n, put, drop: [] })
      },
      Clear(ctx) {
        for (const twin of twins) {
          ctx.rows.delete(twin)
          delete ctx.state.kept[twin]
        }
        ctx.state.writes = 0
      },
      Check: (ctx, { limit, reverse }) => check(ctx, limit, reverse),
      End: (ctx) => ctx.end(),
    },
    answer: {
      async Turn(ctx, { n, put }) {
        await write(ctx, n, put)
        return { writes: ctx.state.writes }
      },
      Look: async (ctx, { by }) => ({ said: await look(ctx, by) }),
    },
  })

export const shelves = [keeping(Shelf, {}), keeping(Rack, { mailbox: 'unordered' })]

/** What callers were told, by the world that they asked. */
const told = new WeakMap<World, (readonly number[])[]>()

const keys = ['a', 'b', 'b/1', 'c', '😀']
const waysToLook = ['get', 'getAll', 'range'] as const

/** Asks some times while something is changed. */
const lookOn = async (world: World, random: Random, of: typeof Shelf | typeof Rack, id: string): Promise<void> => {
  for (let n = 4; n > 0; n -= 1) {
    void world
      .call(of, id)
      .Look({ by: random.pick(waysToLook) })
      .then(
        ({ said }) => told.get(world)?.push(said),
        () => {},
      )
    await world.advance(random.int(25))
    if (n === 3) random.chance(0.4) ? world.send(of, id).Clear() : world.send(of, id).Keep({ n, put: [], drop: [] })
  }
}

/** Writes and reads under few keys, of few instances. @param ends how many of the messages end their instance */
export const keep =
  (ends: number) =>
  async (world: World, random: Random): Promise<void> => {
    told.set(world, [])
    const some = (): string[] => keys.filter(() => random.chance(0.3))
    for (let n = random.between(5, 12); n > 0; n -= 1) {
      const of = random.pick([Shelf, Shelf, Rack])
      const id = random.pick(['1', '1', '2'])
      const options = random.chance(0.5) ? { key: `keep-${n}` } : {}
      const keeps = (): void => world.send(of, id).Keep({ n, put: some(), drop: some(), passOn: random.chance(0.3) }, options)
      const doings: (() => unknown)[] = [
        keeps,
        keeps,
        () => world.send(of, id).Check({ limit: random.between(1, 5), reverse: random.chance(0.5) }, options),
        () => void world.call(of, id).Turn({ n, put: some() }, options),
        () => lookOn(world, random, of, id),
      ]
      if (random.chance(ends)) world.send(of, id).End({}, options)
      else await random.pick(doings)()
      if (random.chance(0.6)) await world.advance(random.int(random.pick([20, 20, 200, 60_000])))
    }
  }

export const shelfClaims = {
  'handlers read what the handlers before them have left': (world: World) =>
    shelves.flatMap((process) => [...world.instances(process).values()].flatMap(({ wrong }) => wrong)),
  'the table has what the state says': (world: World) =>
    shelves.flatMap((process) =>
      [...world.instances(process)].flatMap(([id, { kept }]) => {
        const rows = Object.fromEntries([...world.rows(process, id)].map(([one, value]) => [one, (value as { n: number }).n]))
        const same = JSON.stringify(Object.entries(rows).sort()) === JSON.stringify(Object.entries(kept).sort())
        return same ? [] : [`${process.contract.name}/${id} has ${JSON.stringify(rows)}, and should have ${JSON.stringify(kept)}`]
      }),
    ),
  'what is asked is answered as of one moment': (world: World) =>
    (told.get(world) ?? []).filter((said) => new Set(said).size > 1).map((said) => `one moment was ${said.join()}`),
}
