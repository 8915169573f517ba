// What others may ask of a customer's account. Its id is the customer's.
import * as z from 'zod'
import { contract } from '../../../lib/index.ts'

const order = z.string()
const pence = z.int().nonnegative()

export const Payment = contract('payment', {
  messages: {
    SetLimit: z.object({ pence }),
    /** What is held for the order is charged. */
    Capture: z.object({ order }),
    /** What is held for the order is let go; nothing where nothing is. */
    Void: z.object({ order }),
  },
  calls: {
    /** Refused as `declined`. */
    Hold: { request: z.object({ order, pence }), reply: z.object({ left: pence.optional() }) },
    Balance: { request: z.object({}), reply: z.object({ charged: pence, held: pence }) },
  },
})
