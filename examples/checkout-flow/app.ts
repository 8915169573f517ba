// The checkout of the reference app as one flow: the order directs, stock and payment answer.
import { defineApp } from '../../lib/index.ts'
import { inventory } from './inventory/process.ts'
import { order } from './order/process.ts'
import { payment } from './payment/process.ts'

export const app = defineApp('checkout', import.meta.url, [order, inventory, payment])
