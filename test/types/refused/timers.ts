// Timers that must not compile. Each line that is refused says what the compiler's message must hold.
import * as z from 'zod'
import { contract, defineProcess } from '../../../lib/index.ts'

const Alarm = contract('alarm', { messages: { Set: z.object({ minutes: z.int() }) } })

export const alarm = defineProcess(Alarm, {
  state: z.object({}),
  internal: { Ring: z.object({ loud: z.boolean() }) },
}).handle({
  initial: () => ({}),
  on: {
    Set(ctx, { minutes }) {
      ctx.after('15m').Rang({ loud: true }) // expect: Property 'Rang' does not exist
      ctx.after('15m').Ring({ loud: 'very' }) // expect: Type 'string' is not assignable to type 'boolean'
      ctx.after('15m').Ring() // expect: Expected 1 arguments
      ctx.after('15 fortnights').Ring({ loud: true }) // expect: Duration
      ctx.after(`${minutes}min`).Ring({ loud: true }) // expect: Duration
      ctx.at('tomorrow').Ring({ loud: true }) // expect: not assignable to parameter of type 'Date'
      ctx.every(new Date()).Ring({ loud: true }) // expect: Duration
      ctx.every('1 day', 'Ring').Ring({ loud: true }) // expect: TimerOptions
      ctx.cancel(1) // expect: not assignable to parameter of type
    },
    Ring() {},
  },
})
