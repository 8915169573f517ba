// What others may say to the shipment of an order, and what they may see of it. Its id is the order's.
import * as v from 'valibot'
import { contract } from '../../lib/index.ts'
import { pence, quantity } from '../amounts.ts'
import { instanceId } from '../instance-id.ts'

export const Shipping = contract('shipping', {
  messages: {
    Ship: v.object({ customer: instanceId, sku: instanceId, quantity, pence }),
    /** It is not to leave any more: the order hears `Stopped`, or nothing where it has left. */
    Stop: v.object({}),
  },
  /** `returned`: it was stopped, and the goods and the money that had come for it are given back. */
  view: v.object({ status: v.picklist(['waiting', 'shipped', 'stopped', 'returned']) }),
})
