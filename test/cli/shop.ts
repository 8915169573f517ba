// An app file for tests of the CLI.
import * as z from 'zod'
import { contract, defineApp, defineProcess } from '../../lib/index.ts'

const Order = contract('order', {
  messages: { Place: z.object({ customer: z.string(), pence: z.int() }), Shipped: z.object({}) },
})

export const app = defineApp('shop', import.meta.url, [defineProcess(Order, { state: z.object({}) })])
