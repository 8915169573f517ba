// A customer: totals of what was shipped.
import * as z from 'zod'
import { defineProcess } from '../../lib/index.ts'
import { Customer } from './contract.ts'

export const customer = defineProcess(Customer, {
  state: z.strictObject({ orders: z.int(), pence: z.int() }),
}).handle({
  initial: () => ({ orders: 0, pence: 0 }),
  view: (totals) => totals,
  on: {
    Bought({ state }, { pence }) {
      state.orders += 1
      state.pence += pence
    },
  },
})
