// Three processes of ordinary size, for counting what their types cost the compiler.
import * as z from 'zod'
import { contract, defineProcess } from '../../../lib/index.ts'

const Order = contract('order', {
  messages: { Place: z.object({ cents: z.int() }), Charged: z.object({ at: z.string() }), Cancel: z.object({}) },
  view: z.object({ status: z.enum(['new', 'paid']) }),
})
const Payment = contract('payment', {
  messages: { Charge: z.object({ orderId: z.string(), cents: z.int() }), Refund: z.object({ orderId: z.string() }) },
})
const Stock = contract('stock', {
  messages: { Reserve: z.object({ orderId: z.string(), units: z.int() }), Restock: z.object({ units: z.int() }) },
  view: z.object({ units: z.int() }),
})

export const order = defineProcess(Order, {
  state: z.object({ status: z.enum(['new', 'paid']), paidAt: z.string().optional() }),
  uses: [Payment, Stock],
}).handle({
  initial: () => ({ status: 'new' }),
  view: ({ status }) => ({ status }),
  on: {
    async Place(ctx, { cents }) {
      if (((await ctx.read(Stock, 'tea'))?.units ?? 0) === 0) return
      ctx.send(Stock, 'tea').Reserve({ orderId: ctx.self.id, units: 1 })
      ctx.send(Payment, ctx.newId()).Charge({ orderId: ctx.self.id, cents })
    },
    Charged(ctx, { at }) {
      ctx.state = { status: 'paid', paidAt: at }
    },
    Cancel(ctx) {
      ctx.end()
    },
  },
})

export const payment = defineProcess(Payment, {
  state: z.object({ cents: z.int() }),
  uses: [Order],
  internal: { Expire: z.object({ orderId: z.string() }) },
}).handle({
  initial: () => ({ cents: 0 }),
  on: {
    Charge(ctx, { orderId, cents }) {
      ctx.state.cents += cents
      ctx.send(Order, orderId).Charged({ at: ctx.now.toISOString() })
    },
    Refund(ctx, { orderId }) {
      ctx.state.cents = 0
      ctx.sendSelf().Expire({ orderId })
    },
    Expire(ctx, { orderId }) {
      ctx.send(Order, orderId).Cancel()
    },
  },
})

export const stock = defineProcess(Stock, { state: z.object({ units: z.int() }), uses: [Order] }).handle({
  initial: () => ({ units: 0 }),
  view: ({ units }) => ({ units }),
  on: {
    Reserve(ctx, { orderId, units }) {
      if (ctx.state.units < units) ctx.send(Order, orderId).Cancel()
      else ctx.state.units -= units
    },
    Restock(ctx, { units }) {
      ctx.state.units += units
    },
  },
})
