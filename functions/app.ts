// The reference app: an order choreography. Nobody directs it, each process reacts to what it is told.
import { defineApp } from '../lib/index.ts'
import { customer } from './customer/process.ts'
import { database } from './database/process.ts'
import { inventory } from './inventory/process.ts'
import { order } from './order/process.ts'
import { payment } from './payment/process.ts'
import { shipping } from './shipping/process.ts'

export const app = defineApp('gavotte', import.meta.url, [order, inventory, payment, shipping, customer, database])
