// The wrong version: two processes decide about one refund. The order does when it is cancelled, the warehouse when it is out of stock.
import * as z from 'zod'
import { defineProcess } from '../../lib/index.ts'
import { Order, Payment, Warehouse } from './contracts.ts'
import { payment } from './payment.ts'

const order = defineProcess(Order, {
  state: z.object({
    status: z.enum(['new', 'placed', 'reserved', 'cancelled', 'outOfStock']),
    article: z.string(),
    cents: z.int(),
  }),
  uses: [Payment, Warehouse],
}).handle({
  initial: () => ({ status: 'new', article: '', cents: 0 }),
  on: {
    Place(ctx, { article, cents }) {
      if (ctx.state.status !== 'new') return
      ctx.state = { status: 'placed', article, cents }
      ctx.send(Payment, ctx.self.id).Charge({ cents })
      ctx.send(Warehouse, article).Reserve({ order: ctx.self.id, cents })
    },
    Cancel(ctx) {
      const { status, article, cents } = ctx.state
      if (status !== 'placed' && status !== 'reserved') return
      if (status === 'reserved') ctx.send(Warehouse, article).Release()
      ctx.send(Payment, ctx.self.id).Refund({ cents })
      ctx.state.status = 'cancelled'
    },
    Reserved(ctx) {
      if (ctx.state.status === 'placed') ctx.state.status = 'reserved'
      else ctx.send(Warehouse, ctx.state.article).Release()
    },
    OutOfStock(ctx) {
      if (ctx.state.status === 'placed') ctx.state.status = 'outOfStock'
    },
  },
})

const warehouse = defineProcess(Warehouse, {
  state: z.object({ pieces: z.int() }),
  uses: [Order, Payment],
}).handle({
  initial: () => ({ pieces: 0 }),
  on: {
    Stock(ctx, { pieces }) {
      ctx.state.pieces += pieces
    },
    Reserve(ctx, { order, cents }) {
      if (ctx.state.pieces === 0) {
        ctx.send(Order, order).OutOfStock()
        ctx.send(Payment, order).Refund({ cents })
        return
      }
      ctx.state.pieces -= 1
      ctx.send(Order, order).Reserved()
    },
    Release(ctx) {
      ctx.state.pieces += 1
    },
  },
})

export const broken = { order, warehouse, payment }
