// Flows that must not compile. Each line that is refused says what the compiler's message must hold.
import * as z from 'zod'
import { contract, defineProcess, flow } from '../../../lib/index.ts'

const Bank = contract('bank', {
  messages: {},
  calls: { Balance: { request: z.object({}), reply: z.object({ cents: z.int() }) } },
})
const Stock = contract('stock', {
  messages: { Restock: z.object({}) },
  calls: { Count: { request: z.object({}), reply: z.object({ units: z.int() }) } },
})
const Trip = contract('trip', {
  messages: { Book: z.object({ cents: z.int() }), Approve: z.object({ by: z.string() }) },
  calls: { Total: { request: z.object({}), reply: z.object({ cents: z.int() }) } },
})

const trip = defineProcess(Trip, { state: z.object({ cents: z.int() }), uses: [Bank] })
trip.handle({
  initial: () => ({ cents: 0 }),
  on: {
    Book: flow(async (ctx, body) => {
      const { cents, euros } = body // expect: Property 'euros' does not exist
      ctx.state.cents = cents // expect: Property 'state' does not exist
      await ctx.update((state) => state.euros) // expect: Property 'euros' does not exist
      await ctx.receive('Approved') // expect: Argument of type '"Approved"' is not assignable
      await ctx.receive('Approve', { within: 'soon' }) // expect: Duration
      const { of } = await ctx.receive('Approve') // expect: Property 'of' does not exist
      await ctx.call(Bank, 'b').Balance({}, { outcome: 'Balanced' }) // expect: 'outcome' does not exist
      const { units } = await ctx.call(Bank, 'b').Balance() // expect: Property 'units' does not exist
      await ctx.call(Stock, 's').Count() // expect: stock is not in uses
      ctx.send(Stock, 's').Restock() // expect: stock is not in uses
      await ctx.sleep('1 fortnight') // expect: Duration
      ctx.after('15m').Book({ cents }) // expect: Property 'after' does not exist
      const first = await ctx.race({ approve: ctx.receive('Approve'), late: ctx.sleep('1h') })
      if (first.won === 'lat') return // expect: no overlap
      ctx.log('done', { of, units, euros })
    }),
    Approve: flow.receives,
  },
  answer: { Total: flow(async () => ({ pence: 1 })) }, // expect: Property 'cents' is missing
})
trip.handle({
  initial: () => ({ cents: 0 }),
  on: { Book: flow(async () => {}), Approve: flow.receives },
  answer: { Total: flow.receives }, // expect: missing the following properties from type 'Flow<
})
trip.handle({
  initial: () => ({ cents: 0 }),
  on: { Book: flow(() => {}), Approve: flow.receives }, // expect: Type 'void' is not assignable to type 'Promise<void>'
  answer: { Total: () => ({ cents: 1 }) },
})
