// What others may say to a desk.
import * as z from 'zod'
import { contract } from '../../../../lib/index.ts'

export const Desk = contract('desk', { messages: { Do: z.object({ quiet: z.boolean() }) } })
