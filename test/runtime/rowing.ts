// A process with rows for the tests of the runtime, whose handlers a test gives.
import * as z from 'zod'
import { type ContextOf, contract, defineProcess, type Process } from '../../lib/index.ts'

const Shelf = contract('shelf', {
  messages: { Do: z.object({ what: z.string().optional() }), End: z.object({}) },
  calls: { Ask: { request: z.object({ what: z.string().optional() }), reply: z.object({ of: z.unknown() }) } },
})

const shelfOf = defineProcess(Shelf, {
  state: z.object({ done: z.number() }),
  rows: z.object({ n: z.number(), text: z.string().optional() }),
  deploy: { attempts: 3 },
})
export type ShelfContext = ContextOf<typeof shelfOf>
export type Doing = (ctx: ShelfContext, what: string | undefined) => unknown

/** Does what it is told, and counts; asked, it answers with what comes of it. */
export const shelf = (act: Doing): Process =>
  shelfOf.handle({
    initial: () => ({ done: 0 }),
    on: {
      Do: async (ctx, { what }) => {
        await act(ctx, what)
        ctx.state.done += 1
      },
      End: (ctx) => ctx.end(),
    },
    answer: { Ask: async (ctx, { what }) => ({ of: await act(ctx, what) }) },
  })
