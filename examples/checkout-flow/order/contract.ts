// What others may say to an order, and what they may see of it.
import * as z from 'zod'
import { contract } from '../../../lib/index.ts'

/** How an order ends. `late`: payment gave no answer in time; `expired`: nobody approved it. */
export const orderEnd = z.enum(['shipped', 'outOfStock', 'declined', 'cancelled', 'late', 'expired'])

export const Order = contract('order', {
  messages: {
    Place: z.object({
      customer: z.string(),
      sku: z.string(),
      quantity: z.int().positive(),
      pence: z.int().nonnegative(),
      approval: z.boolean().default(false),
    }),
    Approve: z.object({ by: z.string() }),
  },
  view: z.object({ status: z.enum(['new', 'awaitingApproval', 'placed', ...orderEnd.options]) }),
})
