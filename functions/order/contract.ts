// What others may say to an order, and what they may see of it. Its id is the invoice's.
import * as v from 'valibot'
import { contract } from '../../lib/index.ts'
import { pence, quantity } from '../amounts.ts'
import { instanceId } from '../instance-id.ts'

/** How an order ends: once, and for good. `late`: it had not ended in time; `expired`: nobody approved it in time. */
export const orderEnd = v.picklist(['shipped', 'outOfStock', 'declined', 'cancelled', 'late', 'expired'])
/** Where it stands before. `stopping`: it is to be cancelled or late, unless its shipment has left already. */
export const orderStage = v.picklist(['awaitingApproval', 'placed', 'stopping'])

export const Order = contract('order', {
  messages: {
    Place: v.object({
      customer: instanceId,
      sku: instanceId,
      quantity,
      pence,
      /** Whether it waits for somebody who approves it. */
      approval: v.optional(v.boolean()),
    }),
    Approve: v.object({}),
    /** The customer changes their mind: nothing comes of it where the shipment has left already. */
    Cancel: v.object({}),
    Shipped: v.object({}),
    OutOfStock: v.object({}),
    Declined: v.object({}),
    /** It was stopped before it was shipped. */
    Stopped: v.object({}),
  },
  view: v.object({ status: v.picklist(['new', ...orderStage.options, ...orderEnd.options]) }),
})
