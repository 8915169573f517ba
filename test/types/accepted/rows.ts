// What the compiler gives to handlers of a process with rows, with zod and valibot.
import { expectTypeOf } from 'expect-type'
import * as v from 'valibot'
import * as z from 'zod'
import { type ContextOf, contract, defineProcess, evolving, type Rows } from '../../../lib/index.ts'

const Album = contract('album', {
  messages: { Add: z.object({ path: z.string(), title: z.string() }), Remove: z.object({ path: z.string() }) },
  calls: {
    Page: {
      request: z.object({ folder: z.string(), cursor: z.string().optional() }),
      reply: z.object({ titles: z.array(z.string()), cursor: z.string().optional() }),
    },
  },
})

const definition = defineProcess(Album, {
  state: z.object({ photos: z.int() }),
  rows: z.object({ title: z.string(), at: z.iso.datetime() }),
})

export const album = definition.handle({
  initial: () => ({ photos: 0 }),
  on: {
    async Add(ctx, { path, title }) {
      if ((await ctx.rows.get(path)) === undefined) ctx.state.photos += 1
      ctx.rows.put(path, { title, at: ctx.now.toISOString() })
    },
    async Remove(ctx, { path }) {
      if ((await ctx.rows.get(path)) === undefined) return
      ctx.state.photos -= 1
      ctx.rows.delete(path)
    },
  },
  answer: {
    async Page(ctx, { folder, cursor }) {
      const page = await ctx.rows.range({ prefix: `${folder}/`, limit: 20, cursor })
      return { titles: page.rows.map(({ value }) => value.title), cursor: page.cursor }
    },
  },
})

expectTypeOf<ContextOf<typeof definition>['rows']>().toEqualTypeOf<
  Rows<{ title: string; at: string }, { title: string; at: string }>
>()

export const short = defineProcess(contract('short', { messages: { Set: v.object({ n: v.number() }) } }), {
  state: v.object({}),
  rows: evolving(v.string()).to(v.object({ n: v.number() }), (text) => ({ n: text.length })),
}).handle({
  initial: () => ({}),
  on: {
    async Set(ctx, { n }) {
      ctx.rows.put('n', { n })
      const [found] = await ctx.rows.getAll(['n'])
      expectTypeOf(found).toEqualTypeOf<{ n: number } | undefined>()
    },
  },
})
