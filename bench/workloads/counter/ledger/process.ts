// The second half of the workload: counts durably what the counter of the same key sends.
import * as z from 'zod'
import { defineProcess } from '../../../../lib/index.ts'
import { Ledger } from './contract.ts'

export const ledger = defineProcess(Ledger, {
  state: z.strictObject({ count: z.int() }),
}).handle({
  initial: () => ({ count: 0 }),
  view: ({ count }) => ({ count }),
  on: {
    Add({ state }) {
      state.count += 1
    },
  },
})
