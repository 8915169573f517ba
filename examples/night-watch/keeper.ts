// The keeper of pumps: empties what is full, clears what is jammed, and wakes the chief where nothing helps.
import * as z from 'zod'
import { defineProcess, monitorNotices } from '../../lib/index.ts'
import { Chief, Keeper, Pump } from './contracts.ts'

export const keeper = defineProcess(Keeper, {
  state: z.object({ down: z.record(z.string(), z.string()) }),
  uses: [Pump],
  internal: { ...monitorNotices },
  supervisor: { process: Chief, id: 'night' },
}).handle({
  initial: () => ({ down: {} }),
  view: ({ down }) => ({ down }),
  on: {
    Failed(ctx, failed) {
      const they = ctx.supervise(Pump, failed.instance)
      if (failed.reason.includes('the tank is full')) {
        they.restart()
        they.redrive(failed.id)
      } else if (failed.reason.includes('jammed')) they.restart(failed.id, { from: 'lastGood', why: 'cleared' })
      else ctx.escalate(failed)
    },
    Down({ state }, { instance, reason }) {
      state.down[instance] = reason
    },
    Up({ state }, { instance }) {
      delete state.down[instance]
    },
  },
})
