// Monitors and supervision that must not compile. Each line that is refused says what the compiler's message must hold.
import * as z from 'zod'
import { contract, defineProcess, flow, monitorNotices } from '../../../lib/index.ts'

const Payment = contract('payment', { messages: { Charge: z.object({}) } })
const Stranger = contract('stranger', { messages: { Hello: z.object({}) } })
const Porter = contract('porter', { messages: { Go: z.object({ id: z.string() }) } })

export const porter = defineProcess(Porter, {
  state: z.object({}),
  uses: [Payment],
  internal: { ...monitorNotices },
  supervisor: { process: Payment }, // expect: Property 'Failed' is missing
  tells: [Payment], // expect: Property 'Failed' is missing
}).handle({
  initial: () => ({}),
  on: {
    Go(ctx, { id }) {
      ctx.monitor(Payment, id) // expect: Expected 3 arguments
      ctx.monitor(Payment, id, {}) // expect: Property 'within' is missing
      ctx.monitor(Payment, id, { within: 'soon' }) // expect: Duration
      ctx.monitor(Stranger, id, { within: '1m' }) // expect: stranger is not in uses
      ctx.demonitor(Stranger, id) // expect: stranger is not in uses
      ctx.supervise(Payment, id).restart('id', { from: 'yesterday' }) // expect: "yesterday"
      ctx.escalate('it failed') // expect: not assignable to parameter of type 'Failed'
    },
    Down(_ctx, { reason }) {
      if (reason === 'dead') return // expect: no overlap
    },
    Up() {},
  },
})

export const deaf = defineProcess(Porter, { state: z.object({}), uses: [Payment] }).handle({
  initial: () => ({}),
  on: {
    Go(ctx, { id }) {
      ctx.monitor(Payment, id, { within: '1m' }) // expect: declare them: internal: { ...monitorNotices }
    },
  },
})

export const deafFlow = defineProcess(Porter, { state: z.object({}), uses: [Payment], deploy: { timers: true } }).handle({
  initial: () => ({}),
  on: {
    Go: flow(async (ctx, { id }) => {
      ctx.monitor(Payment, id, { within: '1m' }) // expect: declare them: internal: { ...monitorNotices }
      ctx.demonitor(Stranger, id) // expect: stranger is not in uses
      await ctx.sleep('1m')
    }),
  },
})
