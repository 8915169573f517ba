// The shipment of an order: the goods leave, and all who keep account of it are told.
import * as z from 'zod'
import { defineProcess } from '../../lib/index.ts'
import { Customer } from '../customer/contract.ts'
import { Inventory } from '../inventory/contract.ts'
import { Order } from '../order/contract.ts'
import { Shipping } from './contract.ts'

export const shipping = defineProcess(Shipping, {
  state: z.strictObject({ status: z.enum(['waiting', 'shipped']) }),
  uses: [Customer, Inventory, Order],
}).handle({
  initial: () => ({ status: 'waiting' }),
  view: ({ status }) => ({ status }),
  on: {
    Ship(ctx, { customer, sku, quantity, pence }) {
      const order = ctx.self.id
      ctx.state.status = 'shipped'
      ctx.send(Inventory, sku).Shipped({ quantity })
      ctx.send(Order, order).Shipped()
      ctx.send(Customer, customer).Bought({ order, pence })
    },
  },
})
