// An order: placed once, then told by whoever decides (inventory, payment or shipping) how it ended.
import * as z from 'zod'
import { type ContextOf, defineProcess } from '../../lib/index.ts'
import { Inventory } from '../inventory/contract.ts'
import { Order, orderEnd } from './contract.ts'

const definition = defineProcess(Order, {
  state: z.discriminatedUnion('status', [
    z.strictObject({ status: z.literal('new') }),
    z.strictObject({
      status: z.enum(['placed', ...orderEnd.options]),
      customer: z.string(),
      sku: z.string(),
      quantity: z.int(),
      pence: z.int(),
    }),
  ]),
  uses: [Inventory],
})

// Only a placed order ends, and it ends once.
const end = (ctx: ContextOf<typeof definition>, status: z.infer<typeof orderEnd>): void => {
  if (ctx.state.status === 'placed') ctx.state.status = status
  else ctx.log('ignored an end of an order that is not placed', { status: ctx.state.status, end: status })
}

export const order = definition.handle({
  initial: () => ({ status: 'new' }),
  view: ({ status }) => ({ status }),
  on: {
    Place(ctx, { customer, sku, quantity, pence }) {
      if (ctx.state.status !== 'new') return
      ctx.state = { status: 'placed', customer, sku, quantity, pence }
      ctx.send(Inventory, sku).Reserve({ order: ctx.self.id, customer, quantity, pence })
    },
    Shipped: (ctx) => end(ctx, 'shipped'),
    OutOfStock: (ctx) => end(ctx, 'outOfStock'),
    Declined: (ctx) => end(ctx, 'declined'),
  },
})
