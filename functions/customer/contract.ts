// What others may say to a customer, and what they may see of it.
import * as v from 'valibot'
import { contract } from '../../lib/index.ts'
import { pence, whole } from '../amounts.ts'
import { instanceId } from '../instance-id.ts'

export const Customer = contract('customer', {
  messages: { Bought: v.object({ order: instanceId, pence }) },
  view: v.object({ orders: whole, pence: whole }),
})
