// Processes that must not compile. Each line that is refused says what the compiler's message must hold.
import * as z from 'zod'
import { contract, defineProcess, evolving } from '../../../lib/index.ts'

const Order = contract('order', {
  messages: { Charged: z.object({ cents: z.int(), at: z.string() }) },
  view: z.object({ status: z.enum(['new', 'paid']) }),
})
const Stock = contract('stock', { messages: { Restock: z.object({ units: z.int() }) } })
const Payment = contract('payment', {
  messages: { Charge: z.object({ orderId: z.string() }), Forget: z.object({}) },
  view: z.object({ settled: z.boolean() }),
})

export const payment = defineProcess(Payment, {
  state: z.object({ cents: z.int() }),
  uses: [Order, Stock],
  internal: { Expire: z.object({}) },
}).handle({
  initial: () => ({ cents: '0' }), // expect: Type 'string' is not assignable to type 'number'
  view: () => ({ setled: true }), // expect: Property 'settled' is missing
  on: {
    Charge(
      ctx,
      { orderId, cents }, // expect: Property 'cents' does not exist on type '{ orderId: string; }'
    ) {
      ctx.send(Order, orderId).Chargd({ cents, at: '' }) // expect: Did you mean 'Charged'?
      ctx.send(Order, orderId).Charged({ cents: '1', at: '' }) // expect: Type 'string' is not assignable to type 'number'
      ctx.send(Order, orderId).Charged({ cents: 1 }) // expect: Property 'at' is missing
      ctx.send(Payment, '1').Expire({}) // expect: Property 'Expire' does not exist
      ctx.state.cents = 'x' // expect: Type 'string' is not assignable to type 'number'
    },
    async Forget(ctx) {
      await ctx.read(Stock, '1') // expect: stock publishes no view
    },
    Expire() {},
  },
})

const loner = defineProcess(Stock, { state: z.object({}) })
loner.handle({
  initial: () => ({}),
  on: {
    async Restock(ctx) {
      ctx.send(Order, '1').Charged({ cents: 1, at: '' }) // expect: order is not in uses
      await ctx.read(Order, '1') // expect: order is not in uses
    },
  },
})
loner.handle({
  initial: () => ({}),
  on: {}, // expect: Property 'Restock' is missing
})
loner.handle({
  initial: () => ({}),
  on: { Restock() {}, Restok() {} }, // expect: 'Restok' does not exist in type
})
loner.handle({
  initial: () => ({}),
  view: () => ({}), // expect: not assignable to type 'never'
  on: { Restock() {} },
})

export const missingView = defineProcess(Order, { state: z.object({}) })
missingView.handle({ initial: () => ({}), on: { Charged() {} } }) // expect: Property 'view' is missing

export const transformed = defineProcess(Stock, {
  state: z.object({ units: z.string().transform(Number) }), // expect: state is stored as parsed: its output must be a valid input
})
export const gap = defineProcess(Stock, {
  state: evolving(z.object({ units: z.int() })).to(z.object({ pieces: z.int() }), (one) => ({ pieces: one.pieces })), // expect: Property 'pieces' does not exist
})
export const mailbox = defineProcess(Stock, {
  state: z.object({}),
  deploy: { mailbox: 'sorted' }, // expect: not assignable to type '"ordered" | "unordered"
})
