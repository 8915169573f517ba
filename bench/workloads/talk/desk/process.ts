// Asks the bank, works in steps, sleeps.
import * as z from 'zod'
import { defineProcess, flow, outcomeOf } from '../../../../lib/index.ts'
import { Bank } from '../bank/contract.ts'
import { Desk } from './contract.ts'

export const desk = defineProcess(Desk, {
  state: z.strictObject({ asked: z.int(), worked: z.int(), asleep: z.int() }),
  uses: [Bank],
  internal: { Drawn: outcomeOf(Bank, 'Draw') },
}).handle({
  initial: () => ({ asked: 0, worked: 0, asleep: 0 }),
  view: (state) => state,
  on: {
    Ask: (ctx) => ctx.request(Bank, ctx.self.id).Draw({}, { outcome: 'Drawn', within: '10m' }),
    Drawn: ({ state }, { ok }) => {
      if (ok) state.asked += 1
    },
    Work: flow(async (ctx, { steps, wait }) => {
      for (let n = 0; n < steps; n++) await ctx.step(`step ${n}`, () => n)
      await ctx.update((state) => {
        state.worked += 1
      })
      if (wait) for (;;) await ctx.receive('Nudge')
    }),
    Nudge: flow.receives,
    Sleep: flow(async (ctx) => {
      await ctx.update((state) => {
        state.asleep += 1
      })
      await ctx.sleep('1 day')
    }),
  },
})
