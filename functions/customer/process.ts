// A customer: totals of what was shipped.
import * as v from 'valibot'
import { defineProcess } from '../../lib/index.ts'
import { whole } from '../amounts.ts'
import { Desk, theDesk } from '../desk/contract.ts'
import { Customer } from './contract.ts'

export const customer = defineProcess(Customer, {
  state: v.strictObject({ orders: whole, pence: whole }),
  supervisor: { process: Desk, id: theDesk },
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
