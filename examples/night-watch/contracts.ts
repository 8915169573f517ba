// Pumps that run all night, the keeper who looks after them, and the chief who is woken when the keeper cannot help.
import * as z from 'zod'
import { contract, failedNotice } from '../../lib/index.ts'

export const Pump = contract('pump', { messages: { Run: z.object({ strokes: z.int().positive() }) } })

export const Keeper = contract('keeper', {
  messages: { Failed: failedNotice },
  /** What is down, and why. */
  view: z.object({ down: z.record(z.string(), z.string()) }),
})

export const Chief = contract('chief', {
  messages: { Failed: failedNotice },
  view: z.object({ woken: z.array(z.string()) }),
})
