// What a bank answers.
import * as z from 'zod'
import { contract } from '../../../../lib/index.ts'

export const Bank = contract('bank', {
  messages: {},
  calls: {
    Draw: { request: z.object({}), reply: z.object({ draws: z.int() }) },
    Look: { request: z.object({}), reply: z.object({ draws: z.int() }) },
  },
})
