// The first half of the workload: each input adds 1 to a durable count and sends one message to the ledger of the same key.
import * as z from 'zod'
import { defineProcess } from '../../../../lib/index.ts'
import { Ledger } from '../ledger/contract.ts'
import { Counter } from './contract.ts'

export const counter = defineProcess(Counter, {
  state: z.strictObject({ count: z.int() }),
  uses: [Ledger],
}).handle({
  initial: () => ({ count: 0 }),
  view: ({ count }) => ({ count }),
  on: {
    Add(ctx) {
      ctx.state.count += 1
      ctx.send(Ledger, ctx.self.id).Add()
    },
  },
})
