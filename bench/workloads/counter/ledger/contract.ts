// What others may say to a ledger, and what they may see of it.
import * as z from 'zod'
import { contract } from '../../../../lib/index.ts'

export const Ledger = contract('ledger', {
  messages: { Add: z.object({}) },
  view: z.object({ count: z.int() }),
})
