// What the schema library and the sources of this one cost by themselves: the processes' schemas without the processes.
import * as z from 'zod'

export { defineProcess } from '../../../lib/index.ts'

export const schemas = [
  z.object({ cents: z.int() }),
  z.object({ at: z.string() }),
  z.object({}),
  z.object({ orderId: z.string(), cents: z.int() }),
  z.object({ status: z.enum(['new', 'paid']) }),
]
