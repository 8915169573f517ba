// The corrected version: the order alone decides about its money, once, when it leaves the states in which it is charged.
import * as z from 'zod'
import { type ContextOf, defineProcess } from '../../lib/index.ts'
import { Order, Payment, Warehouse } from './contracts.ts'
import { payment } from './payment.ts'

const definition = defineProcess(Order, {
  state: z.object({
    status: z.enum(['new', 'placed', 'reserved', 'cancelled', 'outOfStock']),
    article: z.string(),
    cents: z.int(),
  }),
  uses: [Payment, Warehouse],
})

const end = (ctx: ContextOf<typeof definition>, status: 'cancelled' | 'outOfStock'): void => {
  ctx.send(Payment, ctx.self.id).Refund({ cents: ctx.state.cents })
  ctx.state.status = status
}

const order = definition.handle({
  initial: () => ({ status: 'new', article: '', cents: 0 }),
  on: {
    Place(ctx, { article, cents }) {
      if (ctx.state.status !== 'new') return
      ctx.state = { status: 'placed', article, cents }
      ctx.send(Payment, ctx.self.id).Charge({ cents })
      ctx.send(Warehouse, article).Reserve({ order: ctx.self.id, cents })
    },
    Cancel(ctx) {
      const { status, article } = ctx.state
      if (status === 'reserved') ctx.send(Warehouse, article).Release()
      if (status === 'placed' || status === 'reserved') end(ctx, 'cancelled')
    },
    Reserved(ctx) {
      if (ctx.state.status === 'placed') ctx.state.status = 'reserved'
      else ctx.send(Warehouse, ctx.state.article).Release()
    },
    OutOfStock(ctx) {
      if (ctx.state.status === 'placed') end(ctx, 'outOfStock')
    },
  },
})

const warehouse = defineProcess(Warehouse, { state: z.object({ pieces: z.int() }), uses: [Order] }).handle({
  initial: () => ({ pieces: 0 }),
  on: {
    Stock(ctx, { pieces }) {
      ctx.state.pieces += pieces
    },
    Reserve(ctx, { order }) {
      if (ctx.state.pieces === 0) return ctx.send(Order, order).OutOfStock()
      ctx.state.pieces -= 1
      ctx.send(Order, order).Reserved()
    },
    Release(ctx) {
      ctx.state.pieces += 1
    },
  },
})

export const corrected = { order, warehouse, payment }
