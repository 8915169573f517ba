// What others may say to the shipment of an order, and what they may see of it. Its id is the order's.
import * as z from 'zod'
import { contract } from '../../lib/index.ts'
import { instanceId } from '../instance-id.ts'

export const Shipping = contract('shipping', {
  messages: {
    Ship: z.object({ customer: instanceId, sku: instanceId, quantity: z.int().positive(), pence: z.int().nonnegative() }),
  },
  view: z.object({ status: z.enum(['waiting', 'shipped']) }),
})
