// What others may say to a customer's account. Its id is the customer's.
import * as z from 'zod'
import { contract } from '../../lib/index.ts'
import { instanceId } from '../instance-id.ts'

export const Payment = contract('payment', {
  messages: {
    SetLimit: z.object({ pence: z.int().nonnegative() }),
    Charge: z.object({ order: instanceId, sku: instanceId, quantity: z.int().positive(), pence: z.int().nonnegative() }),
    Refund: z.object({ pence: z.int().nonnegative() }),
  },
})
