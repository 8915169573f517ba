// What others may say to the inventory of one article, and what they may see of it. Its id is the article's SKU.
import * as z from 'zod'
import { contract } from '../../lib/index.ts'
import { instanceId } from '../instance-id.ts'

const quantity = z.int().positive()

export const Inventory = contract('inventory', {
  messages: {
    Restock: z.object({ quantity }),
    Reserve: z.object({ order: instanceId, customer: instanceId, quantity, pence: z.int().nonnegative() }),
    Release: z.object({ quantity }),
    Shipped: z.object({ quantity }),
  },
  view: z.object({ available: z.int() }),
})
