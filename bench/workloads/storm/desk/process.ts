// Works for some milliseconds, and says of those who are no part of the storm how long they waited.
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { defineProcess } from '../../../../lib/index.ts'
import { Desk } from './contract.ts'

export const desk = defineProcess(Desk, {
  state: z.strictObject({ count: z.int() }),
}).handle({
  initial: () => ({ count: 0 }),
  on: {
    async Do(ctx, { quiet }) {
      if (quiet) ctx.log('waited', { waitedMs: Date.now() - ctx.now.getTime() })
      await sleep(5)
      ctx.state.count += 1
    },
  },
})
