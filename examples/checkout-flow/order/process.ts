// An order as one flow: it asks, waits, reminds and gives up; whoever cancels it has it undone.
import * as z from 'zod'
import { CallFailed, defineProcess, FlowCancelled, type FlowContextOf, flow } from '../../../lib/index.ts'
import { Inventory } from '../inventory/contract.ts'
import { Payment } from '../payment/contract.ts'
import { Order, orderEnd } from './contract.ts'

const definition = defineProcess(Order, {
  state: z.object({
    status: z.enum(['new', 'awaitingApproval', 'placed', ...orderEnd.options]),
    reminders: z.int(),
    approvedBy: z.string().optional(),
  }),
  uses: [Inventory, Payment],
  deploy: { timers: true },
})
type OrderFlow = FlowContextOf<typeof definition>
type End = z.infer<typeof orderEnd>

// Nothing has failed where somebody says no: the flow cancels itself, and what it did is undone.
const giveUp = async (ctx: OrderFlow, status: End): Promise<never> => {
  await ctx.update((state) => {
    state.status = status
  })
  throw new FlowCancelled(status, `the order is ${status}`)
}

const approval = async (ctx: OrderFlow): Promise<void> => {
  const approve = ctx.receive('Approve')
  for (let day = 1; day <= 14; day++) {
    const first = await ctx.race({ approve, nextDay: ctx.sleep('1 day') })
    if (first.won === 'approve') {
      const { by } = first.value
      return ctx.update((state) => {
        state.status = 'placed'
        state.approvedBy = by
      })
    }
    ctx.log('an order waits for approval', { day })
    await ctx.update((state) => {
      state.reminders = day
    })
  }
  return giveUp(ctx, 'expired')
}

const ends: { readonly [code: string]: End } = { 'out-of-stock': 'outOfStock', declined: 'declined', deadline: 'late' }

export const order = definition.handle({
  initial: () => ({ status: 'new', reminders: 0 }),
  view: ({ status }) => ({ status }),
  on: {
    Place: flow(async (ctx, { customer, sku, quantity, pence, approval: needsApproval }) => {
      const order = ctx.self.id
      const isFirst = await ctx.update((state) => {
        if (state.status !== 'new') return false
        state.status = needsApproval ? 'awaitingApproval' : 'placed'
        return true
      })
      if (!isFirst) return
      ctx.compensate(() =>
        ctx.update((state) => {
          if (!(state.status in orderEnd.enum)) state.status = 'cancelled'
        }),
      )
      if (needsApproval) await approval(ctx)
      try {
        // Before the call: where no answer comes, nobody knows what was done. What is sent later arrives later.
        ctx.compensate(() => ctx.send(Inventory, sku).Release({ order }))
        await ctx.call(Inventory, sku).Reserve({ order, quantity })
        ctx.compensate(() => ctx.send(Payment, customer).Void({ order }))
        await ctx.call(Payment, customer).Hold({ order, pence }, { within: '15m' })
      } catch (error) {
        const end = error instanceof CallFailed ? ends[error.code] : undefined
        if (end === undefined) throw error
        return giveUp(ctx, end)
      }
      // Nothing waits from here on, so it is one commit: neither a crash nor a cancellation comes in between.
      ctx.send(Payment, customer).Capture({ order })
      ctx.send(Inventory, sku).Ship({ order })
      await ctx.update((state) => {
        state.status = 'shipped'
      })
    }),
    Approve: flow.receivesOr((ctx) => ctx.log('nothing waits for approval')),
  },
})
