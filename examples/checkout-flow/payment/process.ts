// A customer's account: what is held within the credit limit, and what is charged. In pence.
import * as z from 'zod'
import { CallFailed, defineProcess } from '../../../lib/index.ts'
import { Payment } from './contract.ts'

const sum = (amounts: { readonly [order: string]: number }): number => Object.values(amounts).reduce((all, one) => all + one, 0)

export const payment = defineProcess(Payment, {
  // Without a limit the credit is unlimited.
  state: z.object({ charged: z.int(), held: z.record(z.string(), z.int()), limit: z.int().optional() }),
}).handle({
  initial: () => ({ charged: 0, held: {} }),
  on: {
    SetLimit({ state }, { pence }) {
      state.limit = pence
    },
    Capture({ state }, { order }) {
      state.charged += state.held[order] ?? 0
      delete state.held[order]
    },
    Void({ state }, { order }) {
      delete state.held[order]
    },
  },
  answer: {
    Hold({ state }, { order, pence }) {
      const { charged, held, limit } = state
      const left = limit === undefined ? undefined : limit - charged - sum(held) - pence
      if (left !== undefined && left < 0) throw new CallFailed('declined', `${pence} pence are over the limit`)
      state.held[order] = pence
      return left === undefined ? {} : { left }
    },
    Balance: ({ state }) => ({ charged: state.charged, held: sum(state.held) }),
  },
})
