// A payment does as it is told: what it charges and refunds is decided elsewhere.
import * as z from 'zod'
import { defineProcess } from '../../lib/index.ts'
import { Payment } from './contracts.ts'

export const payment = defineProcess(Payment, { state: z.object({ charged: z.int(), refunded: z.int() }) }).handle({
  initial: () => ({ charged: 0, refunded: 0 }),
  on: {
    Charge(ctx, { cents }) {
      ctx.state.charged += cents
    },
    Refund(ctx, { cents }) {
      ctx.state.refunded += cents
    },
  },
})
