// What others may say to an order, and what they may see of it. Its id is the invoice's.
import * as z from 'zod'
import { contract } from '../../lib/index.ts'
import { instanceId } from '../instance-id.ts'

/** How an order ends: once, and for good. */
export const orderEnd = z.enum(['shipped', 'outOfStock', 'declined'])

export const Order = contract('order', {
  messages: {
    Place: z.object({ customer: instanceId, sku: instanceId, quantity: z.int().positive(), pence: z.int().nonnegative() }),
    Shipped: z.object({}),
    OutOfStock: z.object({}),
    Declined: z.object({}),
  },
  view: z.object({ status: z.enum(['new', 'placed', ...orderEnd.options]) }),
})
