// An order: placed once, then told by whoever decides (inventory, payment or shipping) how it ended. Until it is shipped it can be stopped.
import * as v from 'valibot'
import { type ContextOf, defineProcess } from '../../lib/index.ts'
import { whole } from '../amounts.ts'
import { Desk, theDesk } from '../desk/contract.ts'
import { Inventory } from '../inventory/contract.ts'
import { Shipping } from '../shipping/contract.ts'
import { Order, orderEnd, orderStage } from './contract.ts'

const definition = defineProcess(Order, {
  state: v.variant('status', [
    v.strictObject({ status: v.literal('new') }),
    v.strictObject({
      status: v.picklist([...orderStage.options, ...orderEnd.options]),
      customer: v.string(),
      sku: v.string(),
      quantity: whole,
      pence: whole,
      /** How often it was said that it waits for approval. */
      reminders: v.optional(whole),
      /** How it ends if it can be stopped. */
      stoppedAs: v.optional(v.picklist(['cancelled', 'late'])),
    }),
  ]),
  uses: [Inventory, Shipping],
  supervisor: { process: Desk, id: theDesk },
  internal: { Remind: v.object({}), Expire: v.object({}), Overdue: v.object({}) },
})
type OrderContext = ContextOf<typeof definition>
type Placed = Exclude<OrderContext['state'], { status: 'new' }>

const ignore = (ctx: OrderContext, message: string): void =>
  ctx.log('ignored what comes too early or too late', { status: ctx.state.status, message })

const reserve = (ctx: OrderContext, state: Placed): void => {
  const { customer, sku, quantity, pence } = state
  state.status = 'placed'
  ctx.send(Inventory, sku).Reserve({ order: ctx.self.id, customer, quantity, pence })
  ctx.after('15m').Overdue()
}

// The wait for approval is over.
const decide = (ctx: OrderContext, state: Placed, then: 'approved' | 'cancelled' | 'expired'): void => {
  ctx.cancel('Remind')
  ctx.cancel('Expire')
  if (then === 'approved') reserve(ctx, state)
  else state.status = then
}

// Whether the shipment has left is known to shipping alone: it decides.
const stop = (ctx: OrderContext, stoppedAs: 'cancelled' | 'late'): void => {
  if (ctx.state.status !== 'placed') return ignore(ctx, stoppedAs)
  ctx.state.status = 'stopping'
  ctx.state.stoppedAs = stoppedAs
  ctx.cancel('Overdue')
  ctx.send(Shipping, ctx.self.id).Stop()
}

// Only a placed order ends so, and it ends once.
const end = (ctx: OrderContext, status: v.InferOutput<typeof orderEnd>): void => {
  if (ctx.state.status !== 'placed' && ctx.state.status !== 'stopping') return ignore(ctx, status)
  ctx.state.status = status
  ctx.cancel('Overdue')
}

export const order = definition.handle({
  initial: () => ({ status: 'new' }),
  view: ({ status }) => ({ status }),
  on: {
    Place(ctx, { approval = false, ...details }) {
      if (ctx.state.status !== 'new') return
      const state: Placed = { status: 'awaitingApproval', ...details }
      ctx.state = state
      if (!approval) return reserve(ctx, state)
      ctx.every('1 day').Remind()
      ctx.after('14 days').Expire()
    },
    Approve(ctx) {
      if (ctx.state.status === 'awaitingApproval') decide(ctx, ctx.state, 'approved')
      else ignore(ctx, 'Approve')
    },
    Cancel(ctx) {
      if (ctx.state.status === 'awaitingApproval') decide(ctx, ctx.state, 'cancelled')
      else stop(ctx, 'cancelled')
    },
    Remind(ctx) {
      if (ctx.state.status !== 'awaitingApproval') return
      ctx.state.reminders = (ctx.state.reminders ?? 0) + 1
      ctx.log('an order waits for approval', { days: ctx.state.reminders })
    },
    Expire(ctx) {
      if (ctx.state.status === 'awaitingApproval') decide(ctx, ctx.state, 'expired')
    },
    Overdue: (ctx) => stop(ctx, 'late'),
    Shipped: (ctx) => end(ctx, 'shipped'),
    OutOfStock: (ctx) => end(ctx, 'outOfStock'),
    Declined: (ctx) => end(ctx, 'declined'),
    Stopped(ctx) {
      if (ctx.state.status === 'stopping' && ctx.state.stoppedAs !== undefined) end(ctx, ctx.state.stoppedAs)
      else ignore(ctx, 'Stopped')
    },
  },
})
