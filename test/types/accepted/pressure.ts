// Rates and breakers, as the guide shows them.
import * as z from 'zod'
import { breaker, contract, defineProcess, flow } from '../../../lib/index.ts'

const Payment = contract('payment', {
  messages: { Charge: z.object({ customer: z.string(), pence: z.int() }), Refund: z.object({ pence: z.int() }) },
})
declare const provider: { charge: (pence: number, key: string) => Promise<string> }

const psp = breaker('psp', { failures: 5, within: '10s', cooldown: '30s' })

export const payment = defineProcess(Payment, {
  state: z.object({ receipts: z.array(z.string()) }),
  limit: { per: { body: 'customer' }, rate: '100/1s' },
  deploy: { timers: true },
}).handle({
  initial: () => ({ receipts: [] }),
  on: {
    async Charge(ctx, { pence }) {
      const receipt = await ctx.outside(psp, () => provider.charge(pence, ctx.idempotencyKey('charge')))
      ctx.state.receipts.push(receipt)
    },
    Refund: flow(async (ctx, { pence }) => {
      const receipt = await ctx.step('refund', (key) => provider.charge(-pence, key), { breaker: psp })
      await ctx.update(({ receipts }) => void receipts.push(receipt))
    }),
  },
})
