// A session: a visitor's basket, and the orders that came of it. What is ordered leaves with the commit that empties the basket, so a basket
// becomes orders once and whole, whoever asks how often.
import * as v from 'valibot'
import { CallFailed, type ContextOf, defineProcess } from '../../lib/index.ts'
import { whole } from '../amounts.ts'
import { Inventory } from '../inventory/contract.ts'
import { Order } from '../order/contract.ts'
import { Payment } from '../payment/contract.ts'
import { type Checkout, checkoutsMax, linesMax, none, open, orderOf, piecesMax, Session } from './contract.ts'

/** A session ends when it was not used for so long. */
const lifeMs = 30 * 86_400_000
/** What a new customer may owe. */
const creditPence = 15_000

const definition = defineProcess(Session, {
  state: v.variant('status', [
    none,
    v.strictObject({
      ...open.entries,
      /** ms since 1970. */
      used: whole,
    }),
  ]),
  uses: [Inventory, Order, Payment],
  internal: { Expire: v.object({}) },
})
type SessionContext = ContextOf<typeof definition>
type Open = Extract<SessionContext['state'], { status: 'open' }>

/** 60 bits of a UUID. */
const shortId = (ctx: SessionContext): string =>
  BigInt(`0x${ctx.newId().replaceAll('-', '')}`)
    .toString(32)
    .slice(-12)
    .padStart(12, '0')

const used = (ctx: SessionContext): Open => {
  const { state } = ctx
  if (state.status === 'none') throw new CallFailed('expired', 'this session has ended')
  state.used = ctx.now.getTime()
  return state
}

const begin = (ctx: SessionContext): void => {
  const customer = `guest-${shortId(ctx)}`
  ctx.state = { status: 'open', customer, lines: [], checkouts: [], used: ctx.now.getTime() }
  ctx.send(Payment, customer).SetLimit({ pence: creditPence })
  ctx.after(lifeMs).Expire()
}

const sold = async (ctx: SessionContext, sku: string): Promise<{ readonly available: number; readonly pence: number }> => {
  const seen = await ctx.read(Inventory, sku)
  if (seen?.pence === undefined) throw new CallFailed('unknown-product', `${sku} is not for sale`)
  return { available: seen.available, pence: seen.pence }
}

const remembered = ({ checkouts }: Open, number: string): Checkout => {
  const found = checkouts.find((one) => one.number === number)
  if (found === undefined) throw new CallFailed('unknown-checkout', `this session has no order ${number}`)
  return found
}

export const session = definition.handle({
  initial: () => ({ status: 'none' }),
  view: (state) => state,
  on: {
    // One timer for its whole life: use does not set it anew, it looks when it was used.
    Expire(ctx) {
      if (ctx.state.status === 'none') return
      const due = ctx.state.used + lifeMs
      if (due <= ctx.now.getTime()) ctx.end()
      else ctx.at(new Date(due)).Expire()
    },
  },
  answer: {
    async Put(ctx, { sku, name, quantity, add, begin: mayBegin }) {
      if (ctx.state.status === 'none' && mayBegin) begin(ctx)
      const state = used(ctx)
      const line = state.lines.find((one) => one.sku === sku)
      const pieces = quantity + (add ? (line?.quantity ?? 0) : 0)
      if (pieces > piecesMax) throw new CallFailed('too-many-pieces', `a basket takes ${piecesMax} pieces of a product`)
      if (pieces === 0) state.lines = state.lines.filter((one) => one.sku !== sku)
      else {
        await sold(ctx, sku)
        if (line === undefined && state.lines.length === linesMax)
          throw new CallFailed('basket-full', `a basket takes ${linesMax} products: order these first`)
        if (line === undefined) state.lines.push({ sku, name, quantity: pieces })
        else line.quantity = pieces
      }
      return { pieces: state.lines.reduce((sum, one) => sum + one.quantity, 0) }
    },
    async Checkout(ctx, { pence, hold }) {
      const state = used(ctx)
      const { customer } = state
      if (state.lines.length === 0) throw new CallFailed('basket-empty', 'the basket is empty')
      // The limit was sent when the session began. An order before it would be one without a limit.
      if ((await ctx.read(Payment, customer))?.limit === undefined)
        throw new CallFailed('account-not-ready', 'the account is being opened: try again in a moment')
      const lines = await Promise.all(
        state.lines.map(async ({ sku, name, quantity }) => {
          const { available, pence: each } = await sold(ctx, sku)
          if (available < quantity)
            throw new CallFailed('out-of-stock', available > 0 ? `only ${available} left of ${name}` : `${name} is sold out`)
          return { sku, name, quantity, pence: each * quantity }
        }),
      )
      const sum = lines.reduce((total, line) => total + line.pence, 0)
      if (sum !== pence) throw new CallFailed('price-changed', 'a price has changed since you saw it')
      const number = shortId(ctx)
      for (const [n, { sku, quantity, pence }] of lines.entries())
        ctx.send(Order, orderOf(number, n)).Place({ customer, sku, quantity, pence, ...(hold && { approval: true }) })
      state.checkouts = [{ number, at: ctx.now.getTime(), lines }, ...state.checkouts].slice(0, checkoutsMax)
      state.lines = []
      return { number }
    },
    Cancel(ctx, { number }) {
      const { lines } = remembered(used(ctx), number)
      for (const n of lines.keys()) ctx.send(Order, orderOf(number, n)).Cancel()
      return {}
    },
    Confirm(ctx, { number }) {
      const { lines } = remembered(used(ctx), number)
      for (const n of lines.keys()) ctx.send(Order, orderOf(number, n)).Approve()
      return {}
    },
  },
})
