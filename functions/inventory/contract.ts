// What others may say to the inventory of one article, and what they may see of it. Its id is the article's SKU.
import * as v from 'valibot'
import { contract } from '../../lib/index.ts'
import { pence, quantity, whole } from '../amounts.ts'
import { instanceId } from '../instance-id.ts'

export const Inventory = contract('inventory', {
  messages: {
    Restock: v.object({ quantity }),
    Reserve: v.object({ order: instanceId, customer: instanceId, quantity, pence }),
    Release: v.object({ quantity }),
    Shipped: v.object({ quantity }),
  },
  view: v.object({ available: whole }),
})
