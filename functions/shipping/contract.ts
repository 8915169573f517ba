// What others may say to the shipment of an order, and what they may see of it. Its id is the order's.
import * as z from 'zod'
import { contract } from '../../lib/index.ts'
import { instanceId } from '../instance-id.ts'

export const Shipping = contract('shipping', {
  messages: {
    Ship: z.object({ customer: instanceId, sku: instanceId, quantity: z.int().positive(), pence: z.int().nonnegative() }),
    /** It is not to leave any more: the order hears `Stopped`, or nothing where it has left. */
    Stop: z.object({}),
  },
  /** `returned`: it was stopped, and the goods and the money that had come for it are given back. */
  view: z.object({ status: z.enum(['waiting', 'shipped', 'stopped', 'returned']) }),
})
