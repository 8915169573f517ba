// The basket, and ordering what is in it.
import { Hono } from 'hono'
import * as v from 'valibot'
import { CallFailed } from '../../../lib/index.ts'
import { Payment } from '../../payment/contract.ts'
import { Session } from '../../session/contract.ts'
import { type Env, formOf, frameOf, renew, type ShopContext, tokenOf, visitorOf } from '../frame.ts'
import { type Basket, basketPage, checkoutPage } from '../pages/basket.ts'
import { Refusal } from '../refusal.ts'
import { randomId } from '../signing.ts'

const wholeText = v.pipe(v.string(), v.regex(/^-?\d{1,9}$/, 'a whole number is needed'), v.transform(Number))

const put = v.object({
  sku: v.pipe(v.string(), v.regex(/^[!-~]{1,40}$/, 'it names no product')),
  quantity: v.pipe(wholeText, v.minValue(0, 'there are no negative quantities'), v.maxValue(99, 'at most 99 at a time')),
  how: v.picklist(['add', 'set']),
})
const checkout = v.object({
  once: v.pipe(v.string(), v.regex(/^[\w-]{22}$/, 'it is no form of ours')),
  pence: v.pipe(wholeText, v.minValue(0)),
  hold: v.optional(v.literal('yes')),
})

const demandOpen = async (c: ShopContext): Promise<void> => {
  if ((await c.var.shop.reads.settings()).open) return
  throw new Refusal(503, 'The shop is closed', 'Orders are not taken just now. Your basket is kept.', 300)
}

const basketOf = async (c: ShopContext): Promise<Basket> => {
  const { reads } = c.var.shop
  const { session, ended } = await visitorOf(c)
  const rows = await Promise.all((session?.lines ?? []).map(async (line) => ({ line, offer: await reads.offerNow(line.sku) })))
  return { rows, token: await tokenOf(c), ended }
}

export const basketRoutes = new Hono<Env>()
  .get('/basket', async (c) => {
    const [frame, basket] = await Promise.all([frameOf(c), basketOf(c)])
    return c.html(basketPage(frame, basket))
  })
  .post('/basket', async (c) => {
    const { sku, quantity, how } = await formOf(c, put)
    await demandOpen(c)
    const { world } = c.var.shop
    const { visit } = await visitorOf(c)
    const product = await world.catalogue.product(sku)
    // What is not sold any more can still be taken out.
    if (product === undefined && quantity > 0) throw new CallFailed('unknown-product', `${sku} is not in the catalogue`)
    const name = (product?.name ?? sku).slice(0, 90)
    await world.processes.call(Session, visit.id).Put({ sku, name, quantity, add: how === 'add', begin: !visit.begun })
    await renew(c, visit)
    return c.redirect('/basket', 303)
  })
  .get('/checkout', async (c) => {
    const [frame, basket] = await Promise.all([frameOf(c), basketOf(c)])
    const { session } = await visitorOf(c)
    if (session === undefined || basket.rows.length === 0) return c.redirect('/basket', 303)
    const account = await c.var.shop.world.processes.view(Payment, session.customer)
    const credit = account?.limit === undefined ? undefined : Math.max(0, account.limit - account.charged)
    return c.html(checkoutPage(frame, { ...basket, once: randomId(), credit }))
  })
  .post('/checkout', async (c) => {
    const { once, pence, hold } = await formOf(c, checkout)
    await demandOpen(c)
    const { visit } = await visitorOf(c)
    const request = { pence, hold: hold === 'yes' }
    try {
      const { number } = await c.var.shop.world.processes.call(Session, visit.id).Checkout(request, { key: `checkout-${once}` })
      await renew(c, visit)
      return c.redirect(`/orders/${number}`, 303)
    } catch (thrown) {
      // The form was sent before, over an hour ago: what came of it stands among the orders.
      if (thrown instanceof CallFailed && thrown.code === 'reply-gone') return c.redirect('/orders', 303)
      throw thrown
    }
  })
