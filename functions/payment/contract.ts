// What others may say to a customer's account. Its id is the customer's.
import * as v from 'valibot'
import { contract } from '../../lib/index.ts'
import { pence, quantity, whole } from '../amounts.ts'
import { instanceId } from '../instance-id.ts'

export const Payment = contract('payment', {
  messages: {
    SetLimit: v.object({ pence }),
    Charge: v.object({ order: instanceId, sku: instanceId, quantity, pence }),
    Refund: v.object({ pence }),
  },
  /** `limit`: absent where the credit is unlimited. */
  view: v.object({ charged: whole, limit: v.optional(pence) }),
})
