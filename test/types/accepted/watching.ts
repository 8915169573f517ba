// What the compiler infers of monitors and supervision.
import { expectTypeOf } from 'expect-type'
import * as z from 'zod'
import { contract, type DownReason, defineProcess, type Failed, failedNotice, flow, monitorNotices } from '../../../lib/index.ts'

const Payment = contract('payment', { messages: { Charge: z.object({}) } })
const Ward = contract('ward', { messages: { Nurse: z.object({ id: z.string() }) } })
const Nurse = contract('nurse', { messages: { Failed: failedNotice } })
const Matron = contract('matron', { messages: { Failed: failedNotice } })

export const payment = defineProcess(Payment, {
  state: z.object({}),
  supervisor: { process: Nurse, id: 'one', restarts: { most: 3, within: '1m' } },
  heartbeat: { every: '1m' },
  tells: [Matron],
}).handle({ initial: () => ({}), on: { Charge() {} } })

export const nurse = defineProcess(Nurse, {
  state: z.object({ down: z.array(z.string()) }),
  uses: [Payment],
  internal: { ...monitorNotices },
  supervisor: { process: Matron },
}).handle({
  initial: () => ({ down: [] }),
  on: {
    Failed(ctx, failed) {
      expectTypeOf(failed).toEqualTypeOf<Failed>()
      const they = ctx.supervise(Payment, failed.instance)
      if (failed.exhausted) return ctx.escalate(failed)
      if (failed.round === 0) they.redrive(failed.id)
      else they.restart(failed.id, { from: 'lastGood', why: 'it has come again' })
      they.restart()
      ctx.monitor(Payment, failed.instance, { within: '1m' })
      ctx.demonitor(Payment, failed.instance)
    },
    Down(ctx, { process, instance, reason }) {
      expectTypeOf(reason).toEqualTypeOf<DownReason>()
      ctx.state.down.push(`${process}/${instance}`)
    },
    Up(_ctx, { was }) {
      expectTypeOf(was).toEqualTypeOf<DownReason>()
    },
  },
})

export const ward = defineProcess(Ward, {
  state: z.object({ gone: z.array(z.string()) }),
  uses: [Payment],
  internal: { ...monitorNotices },
}).handle({
  initial: () => ({ gone: [] }),
  on: {
    Nurse: flow(async (ctx, { id }) => {
      ctx.compensate(() => ctx.demonitor(Payment, id))
      ctx.monitor(Payment, id, { within: '1m' })
      const { reason } = await ctx.receive('Down')
      expectTypeOf(reason).toEqualTypeOf<DownReason>()
      await ctx.update(({ gone }) => gone.push(`${id}: ${reason}`))
      ctx.demonitor(Payment, id)
    }),
    Down: flow.receivesOr(() => {}),
    Up: flow.receivesOr(() => {}),
  },
})
