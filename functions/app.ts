// The reference app: an order choreography, which nobody directs, each process reacts to what it is told; and a shop around it.
import { defineApp } from '../lib/index.ts'
import { cache } from './cache/process.ts'
import { customer } from './customer/process.ts'
import { database } from './database/process.ts'
import { desk } from './desk/process.ts'
import { inventory } from './inventory/process.ts'
import { keys } from './keys/process.ts'
import { order } from './order/process.ts'
import { payment } from './payment/process.ts'
import { session } from './session/process.ts'
import { settings } from './settings/process.ts'
import { shipping } from './shipping/process.ts'
import { web } from './web/web.ts'

export const app = defineApp(
  'gavotte',
  import.meta.url,
  [order, inventory, payment, shipping, customer, database, cache, session, settings, keys, desk],
  { web: [web] },
)
