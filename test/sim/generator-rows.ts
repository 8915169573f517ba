// What handlers of generated programs do with rows: they put tokens there, take them out again, and look at what there is.
import * as z from 'zod'
import type { Rows } from '../../lib/index.ts'
import type { Random } from '../../lib/sim/index.ts'
import type { Block, Ctx } from './generator-blocks.ts'

/** `tokens` are conserved as those of the state are. */
export const row = z.object({ tokens: z.int().nonnegative(), pad: z.string().optional() })
type Row = z.output<typeof row>

export type TokenRows = Rows<Row, Row>

/** Under few keys, so that handlers meet. */
const keyOf = (number: number): string => ['a', 'a/b', 'a/c', 'z', '￮'][number % 5] as string

/** Puts some tokens of the state into a row. */
const saves =
  (key: number, pad: number): Block =>
  async ({ ctx }) => {
    if (ctx.rows === undefined) return undefined
    const held = (await ctx.rows.get(keyOf(key)))?.tokens ?? 0
    const tokens = Math.floor(ctx.random() * (ctx.state.tokens + 1))
    ctx.state.tokens -= tokens
    ctx.rows.put(keyOf(key), { tokens: held + tokens, ...(pad > 0 && { pad: 'x'.repeat(pad) }) })
    return undefined
  }

/** Takes the tokens of some rows, and deletes them. */
const draws =
  (keys: readonly number[]): Block =>
  async ({ ctx }) => {
    const found = (await ctx.rows?.getAll(keys.map(keyOf))) ?? []
    for (const [n, one] of found.entries()) {
      if (one === undefined) continue
      ctx.state.tokens += one.tokens
      ctx.rows?.delete(keyOf(keys[n] as number))
    }
    return undefined
  }

/** Looks at all rows, page by page. */
const looks =
  (limit: number, reverse: boolean): Block =>
  async ({ ctx }) => {
    let cursor: string | undefined
    do {
      const page = await ctx.rows?.range({ limit, reverse, prefix: 'a', ...(cursor !== undefined && { cursor }) })
      ctx.state.count += page?.rows.length ?? 0
      cursor = page?.cursor
    } while (cursor !== undefined)
    return undefined
  }

/** Tokens of all rows, which are lost with an instance that ends. */
export const emptied = async ({ rows }: Ctx): Promise<number> => {
  const { rows: all = [] } = (await rows?.range()) ?? {}
  return all.reduce((sum, { value }) => sum + value.tokens, 0)
}

/** Draws a block that uses rows. */
export const drawRowing = (random: Random): Block =>
  random.pick<() => Block>([
    () => saves(random.int(5), random.pick([0, 0, 0, 100, 130_000])),
    () => saves(random.int(5), 0),
    () => draws([2, random.pick([0, 1, 3, 4])]),
    () => looks(random.between(1, 3), random.chance(0.5)),
  ])()
