// What others may say to a counter, and what they may see of it.
import * as z from 'zod'
import { contract } from '../../../../lib/index.ts'

export const Counter = contract('counter', {
  messages: { Add: z.object({}) },
  view: z.object({ count: z.int() }),
})
