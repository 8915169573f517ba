// What others may say to the inventory of one article, and what they may see of it. Its id is the article's SKU.
import * as v from 'valibot'
import { contract } from '../../lib/index.ts'
import { pence, quantity, whole } from '../amounts.ts'
import { instanceId } from '../instance-id.ts'

export const Inventory = contract('inventory', {
  messages: {
    Restock: v.object({ quantity }),
    /** What a piece costs from now on. What was ordered before keeps its price. */
    Price: v.object({ pence }),
    Reserve: v.object({ order: instanceId, customer: instanceId, quantity, pence }),
    Release: v.object({ quantity }),
    Shipped: v.object({ quantity }),
  },
  /** `pence`: what a piece costs; absent: it is not for sale in the shop. */
  view: v.object({ available: whole, pence: v.optional(pence) }),
})
