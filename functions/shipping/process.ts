// The shipment of an order: the goods leave, and all who keep account of it are told. Whether it left or was stopped before is decided here.
import * as v from 'valibot'
import { defineProcess } from '../../lib/index.ts'
import { Customer } from '../customer/contract.ts'
import { Desk, theDesk } from '../desk/contract.ts'
import { Inventory } from '../inventory/contract.ts'
import { Order } from '../order/contract.ts'
import { Payment } from '../payment/contract.ts'
import { Shipping } from './contract.ts'

export const shipping = defineProcess(Shipping, {
  state: v.strictObject({ status: v.picklist(['waiting', 'shipped', 'stopped', 'returned']) }),
  uses: [Customer, Inventory, Order, Payment],
  supervisor: { process: Desk, id: theDesk },
}).handle({
  initial: () => ({ status: 'waiting' }),
  view: ({ status }) => ({ status }),
  on: {
    Ship(ctx, { customer, sku, quantity, pence }) {
      const order = ctx.self.id
      if (ctx.state.status === 'stopped') {
        ctx.state.status = 'returned'
        ctx.send(Payment, customer).Refund({ pence })
        return ctx.send(Inventory, sku).Release({ quantity })
      }
      ctx.state.status = 'shipped'
      ctx.send(Inventory, sku).Shipped({ quantity })
      ctx.send(Order, order).Shipped()
      ctx.send(Customer, customer).Bought({ order, pence })
    },
    // The order does not wait for what may never come: money and goods that are still on their way here are given back when they come.
    Stop(ctx) {
      if (ctx.state.status !== 'waiting') return
      ctx.state.status = 'stopped'
      ctx.send(Order, ctx.self.id).Stopped()
    },
  },
})
