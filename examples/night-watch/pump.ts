// A pump: it jams on too many strokes, and shows every half minute that it is there.
import * as z from 'zod'
import { defineProcess } from '../../lib/index.ts'
import { Keeper, Pump } from './contracts.ts'

export const pump = defineProcess(Pump, {
  state: z.object({ strokes: z.int() }),
  supervisor: { process: Keeper, restarts: { most: 3, within: '1h' } },
  heartbeat: { every: '30s' },
  deploy: { attempts: 2 },
}).handle({
  initial: () => ({ strokes: 0 }),
  on: {
    Run({ state }, { strokes }) {
      if (strokes > 1000) throw new Error('jammed')
      if (state.strokes + strokes > 1500) throw new Error('the tank is full')
      state.strokes += strokes
    },
  },
})
