// A shop in three processes. An order, its warehouse (one instance an article) and its payment (one instance an order).
import * as z from 'zod'
import { contract } from '../../lib/index.ts'

export const Order = contract('order', {
  messages: {
    Place: z.object({ article: z.string(), cents: z.int().positive() }),
    /** The customer changes their mind. */
    Cancel: z.object({}),
    Reserved: z.object({}),
    OutOfStock: z.object({}),
  },
})

export const Warehouse = contract('warehouse', {
  messages: {
    Stock: z.object({ pieces: z.int().positive() }),
    Reserve: z.object({ order: z.string(), cents: z.int() }),
    Release: z.object({}),
  },
})

export const Payment = contract('payment', {
  messages: { Charge: z.object({ cents: z.int() }), Refund: z.object({ cents: z.int() }) },
})
