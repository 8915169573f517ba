// What the schema library costs by itself: the processes' schemas without the processes.
import * as z from 'zod'

export const schemas = [
  z.object({ cents: z.int() }),
  z.object({ at: z.string() }),
  z.object({}),
  z.object({ orderId: z.string(), cents: z.int() }),
  z.object({ status: z.enum(['new', 'paid']) }),
]
