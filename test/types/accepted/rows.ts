// What the compiler gives to handlers of a process with rows, with zod and valibot.
import { expectTypeOf } from 'expect-type'
import * as v from 'valibot'
import * as z from 'zod'
import { contract, defineProcess, evolving } from '../../../lib/index.ts'

const Album = contract('album', {
  messages: { Add: z.object({ key: z.string() }) },
  calls: { Titles: { request: z.object({ from: z.string() }), reply: z.object({ titles: z.array(z.string()) }) } },
})
const rows = z.object({ title: z.string(), year: z.int().optional() })

export const album = defineProcess(Album, { state: z.object({}), rows }).handle({
  initial: () => ({}),
  on: {
    async Add(ctx, { key }) {
      ctx.rows.put(key, { title: 'Blue' })
      ctx.rows.delete(key)
      expectTypeOf(await ctx.rows.get(key)).toEqualTypeOf<{ title: string; year?: number | undefined } | undefined>()
      const [first] = await ctx.rows.getAll([key])
      expectTypeOf(first?.title).toEqualTypeOf<string | undefined>()
    },
  },
  answer: {
    async Titles(ctx, { from }) {
      const { rows, cursor } = await ctx.rows.range({ prefix: 'a', from, limit: 10, reverse: true })
      expectTypeOf(cursor).toEqualTypeOf<string | undefined>()
      return { titles: rows.map(({ key, value }) => `${key} ${value.title}`) }
    },
  },
})

export const short = defineProcess(contract('short', { messages: { Set: v.object({ n: v.number() }) } }), {
  state: v.object({}),
  rows: evolving(v.string()).to(v.object({ n: v.number() }), (text) => ({ n: text.length })),
}).handle({
  initial: () => ({}),
  on: { Set: (ctx, { n }) => ctx.rows.put('n', { n }) },
})
