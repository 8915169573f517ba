// What others may ask of the inventory of one article, and what they may see of it. Its id is the article's SKU.
import * as z from 'zod'
import { contract } from '../../../lib/index.ts'

const quantity = z.int().positive()
const order = z.string()

export const Inventory = contract('inventory', {
  messages: {
    Restock: z.object({ quantity }),
    /** What the order holds is available again; nothing where it holds nothing. */
    Release: z.object({ order }),
    /** What the order holds leaves. */
    Ship: z.object({ order }),
  },
  calls: {
    /** Refused as `out-of-stock`. */
    Reserve: { request: z.object({ order, quantity }), reply: z.object({ left: z.int() }) },
  },
  view: z.object({ available: z.int() }),
})
