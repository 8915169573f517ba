// The inventory of one article. It knows what each order holds, so that to give it back is safe whatever has happened.
import * as z from 'zod'
import { CallFailed, defineProcess } from '../../../lib/index.ts'
import { Inventory } from './contract.ts'

export const inventory = defineProcess(Inventory, {
  state: z.object({ available: z.int(), shipped: z.int(), held: z.record(z.string(), z.int()) }),
}).handle({
  initial: () => ({ available: 0, shipped: 0, held: {} }),
  view: ({ available }) => ({ available }),
  on: {
    Restock({ state }, { quantity }) {
      state.available += quantity
    },
    Release({ state }, { order }) {
      state.available += state.held[order] ?? 0
      delete state.held[order]
    },
    Ship({ state }, { order }) {
      state.shipped += state.held[order] ?? 0
      delete state.held[order]
    },
  },
  answer: {
    Reserve({ state }, { order, quantity }) {
      if (state.available < quantity) throw new CallFailed('out-of-stock', `${state.available} are left`)
      state.available -= quantity
      state.held[order] = quantity
      return { left: state.available }
    },
  },
})
