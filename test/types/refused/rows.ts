// What the compiler refuses of rows.
import * as z from 'zod'
import { contract, defineProcess, flow } from '../../../lib/index.ts'

const Album = contract('album', { messages: { Add: z.object({}), Play: z.object({}) } })

export const without = defineProcess(Album, { state: z.object({}) }).handle({
  initial: () => ({}),
  on: {
    Add: (ctx) => ctx.rows.put('a', { n: 1 }), // expect: Property 'rows' does not exist
    Play: () => {},
  },
})

export const wrong = defineProcess(Album, {
  state: z.object({}),
  rows: z.object({ n: z.number() }),
  deploy: { timers: true },
}).handle({
  initial: () => ({}),
  on: {
    Add: (ctx) => ctx.rows.put('a', { n: 'one' }), // expect: Type 'string' is not assignable to type 'number'
    Play: flow(async (ctx) => {
      await ctx.rows.get('a') // expect: Property 'rows' does not exist
    }),
  },
})

export const date = defineProcess(Album, { state: z.object({}), rows: z.object({ at: z.date() }) }) // expect: rows.at is a Date
