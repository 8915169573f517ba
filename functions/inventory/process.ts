// The inventory of one article: every piece ever restocked is available, reserved or shipped.
import * as v from 'valibot'
import { defineProcess } from '../../lib/index.ts'
import { pence, whole } from '../amounts.ts'
import { Desk, theDesk } from '../desk/contract.ts'
import { Order } from '../order/contract.ts'
import { Payment } from '../payment/contract.ts'
import { Inventory } from './contract.ts'

export const inventory = defineProcess(Inventory, {
  // Counts only: a list of reservations would be written again with every message.
  state: v.strictObject({ restocked: whole, available: whole, reserved: whole, shipped: whole, pence: v.optional(pence) }),
  uses: [Order, Payment],
  supervisor: { process: Desk, id: theDesk },
}).handle({
  initial: () => ({ restocked: 0, available: 0, reserved: 0, shipped: 0 }),
  view: ({ available, pence }) => ({ available, ...(pence !== undefined && { pence }) }),
  on: {
    Restock({ state }, { quantity }) {
      state.restocked += quantity
      state.available += quantity
    },
    Price({ state }, { pence }) {
      state.pence = pence
    },
    Reserve(ctx, { order, customer, quantity, pence }) {
      if (ctx.state.available < quantity) return ctx.send(Order, order).OutOfStock()
      ctx.state.available -= quantity
      ctx.state.reserved += quantity
      ctx.send(Payment, customer).Charge({ order, sku: ctx.self.id, quantity, pence })
    },
    Release({ state }, { quantity }) {
      state.reserved -= quantity
      state.available += quantity
    },
    Shipped({ state }, { quantity }) {
      state.reserved -= quantity
      state.shipped += quantity
    },
  },
})
