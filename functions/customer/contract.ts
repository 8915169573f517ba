// What others may say to a customer, and what they may see of it.
import * as z from 'zod'
import { contract } from '../../lib/index.ts'
import { instanceId } from '../instance-id.ts'

export const Customer = contract('customer', {
  messages: { Bought: z.object({ order: instanceId, pence: z.int().nonnegative() }) },
  view: z.object({ orders: z.int(), pence: z.int() }),
})
