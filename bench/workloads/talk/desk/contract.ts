// What a desk is told to do.
import * as z from 'zod'
import { contract } from '../../../../lib/index.ts'

export const Desk = contract('desk', {
  messages: {
    Ask: z.object({}),
    Work: z.object({ steps: z.int(), wait: z.boolean().default(false) }),
    Nudge: z.object({}),
    Sleep: z.object({}),
  },
  view: z.object({ asked: z.int(), worked: z.int(), asleep: z.int() }),
})
