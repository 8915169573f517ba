// Counts draws.
import * as z from 'zod'
import { defineProcess } from '../../../../lib/index.ts'
import { Bank } from './contract.ts'

export const bank = defineProcess(Bank, { state: z.strictObject({ draws: z.int() }) }).handle({
  initial: () => ({ draws: 0 }),
  on: {},
  answer: {
    Draw: ({ state }) => {
      state.draws += 1
      return { draws: state.draws }
    },
    Look: ({ state }) => ({ draws: state.draws }),
  },
})
