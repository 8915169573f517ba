// What others may say to an order, and what they may see of it. Its id is the invoice's.
import * as z from 'zod'
import { contract } from '../../lib/index.ts'
import { instanceId } from '../instance-id.ts'

/** How an order ends: once, and for good. `late`: it had not ended in time; `expired`: nobody approved it in time. */
export const orderEnd = z.enum(['shipped', 'outOfStock', 'declined', 'cancelled', 'late', 'expired'])
/** Where it stands before. `stopping`: it is to be cancelled or late, unless its shipment has left already. */
export const orderStage = z.enum(['awaitingApproval', 'placed', 'stopping'])

export const Order = contract('order', {
  messages: {
    Place: z.object({
      customer: instanceId,
      sku: instanceId,
      quantity: z.int().positive(),
      pence: z.int().nonnegative(),
      /** Whether it waits for somebody who approves it. */
      approval: z.boolean().optional(),
    }),
    Approve: z.object({}),
    /** The customer changes their mind: nothing comes of it where the shipment has left already. */
    Cancel: z.object({}),
    Shipped: z.object({}),
    OutOfStock: z.object({}),
    Declined: z.object({}),
    /** It was stopped before it was shipped. */
    Stopped: z.object({}),
  },
  view: z.object({ status: z.enum(['new', ...orderStage.options, ...orderEnd.options]) }),
})
