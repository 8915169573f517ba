// The chief is woken: past the limit on restarts, and by what the keeper does not know.
import * as z from 'zod'
import { defineProcess } from '../../lib/index.ts'
import { Chief } from './contracts.ts'

export const chief = defineProcess(Chief, { state: z.object({ woken: z.array(z.string()) }) }).handle({
  initial: () => ({ woken: [] }),
  view: ({ woken }) => ({ woken }),
  on: {
    Failed({ state }, { process, instance, reason, exhausted, via }) {
      state.woken.push(`${via.join()}: ${process}/${instance}${exhausted ? ', again and again' : ''}: ${reason.split('.')[0]}`)
    },
  },
})
