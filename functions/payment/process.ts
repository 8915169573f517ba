// A customer's account: charges within the credit limit, or gives the reservation back.
import * as v from 'valibot'
import { defineProcess } from '../../lib/index.ts'
import { whole } from '../amounts.ts'
import { Desk, theDesk } from '../desk/contract.ts'
import { Inventory } from '../inventory/contract.ts'
import { Order } from '../order/contract.ts'
import { Shipping } from '../shipping/contract.ts'
import { Payment } from './contract.ts'

export const payment = defineProcess(Payment, {
  // In pence; what was refunded is taken off. Without a limit the credit is unlimited.
  state: v.strictObject({ charged: whole, limit: v.optional(whole) }),
  uses: [Inventory, Order, Shipping],
  supervisor: { process: Desk, id: theDesk },
}).handle({
  initial: () => ({ charged: 0 }),
  view: (account) => account,
  on: {
    SetLimit({ state }, { pence }) {
      state.limit = pence
    },
    Charge(ctx, { order, sku, quantity, pence }) {
      const { charged, limit } = ctx.state
      if (limit !== undefined && charged + pence > limit) {
        ctx.send(Inventory, sku).Release({ quantity })
        return ctx.send(Order, order).Declined()
      }
      ctx.state.charged += pence
      ctx.send(Shipping, order).Ship({ customer: ctx.self.id, sku, quantity, pence })
    },
    Refund({ state }, { pence }) {
      state.charged -= pence
    },
  },
})
