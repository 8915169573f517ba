// What was ordered: the list, and each order as it moves.
import { Hono } from 'hono'
import { etag } from 'hono/etag'
import * as v from 'valibot'
import { type Checkout, orderOf, Session } from '../../session/contract.ts'
import { type Env, formOf, frameOf, type ShopContext, tokenOf, visitorOf } from '../frame.ts'
import { type OrderProgress, progressOf } from '../order-progress.ts'
import { orderPage, ordersPage } from '../pages/orders.ts'
import { Refusal } from '../refusal.ts'

const checkoutOf = async (c: ShopContext): Promise<Checkout> => {
  const { session } = await visitorOf(c)
  const found = session?.checkouts.find(({ number }) => number === c.req.param('number'))
  if (found === undefined) throw new Refusal(404, 'No such order', 'This order does not belong to your visit.')
  return found
}

const statusOf = async (c: ShopContext, { number, lines }: Checkout): Promise<OrderProgress> =>
  progressOf(await Promise.all(lines.map((_, n) => c.var.shop.reads.status(orderOf(number, n)))))

const texts = (lines: OrderProgress['lines'], of: (line: OrderProgress['lines'][number]) => string | number): object =>
  Object.fromEntries(lines.map((line, n) => [`line-${n}`, of(line)]))

export const orderRoutes = new Hono<Env>()
  .get('/orders', async (c) => {
    const [frame, { session, ended }] = await Promise.all([frameOf(c), visitorOf(c)])
    return c.html(ordersPage(frame, session?.checkouts ?? [], ended))
  })
  .get('/orders/:number', async (c) => {
    const [frame, checkout] = await Promise.all([frameOf(c), checkoutOf(c)])
    const progress = await statusOf(c, checkout)
    return c.html(orderPage(frame, { checkout, progress, token: await tokenOf(c) }))
  })
  .get('/orders/:number/status', etag(), async (c) => {
    const { lines, summary, state, phase, done } = await statusOf(c, await checkoutOf(c))
    c.header('cache-control', 'private, no-cache')
    return c.json({
      texts: { summary, ...texts(lines, ({ text }) => text) },
      states: { summary: state, ...texts(lines, ({ state }) => state) },
      reached: texts(lines, ({ reached }) => reached),
      phase,
      done,
    })
  })
  .post('/orders/:number/cancel', async (c) => {
    await formOf(c, v.object({}))
    const { number } = await checkoutOf(c)
    await c.var.shop.world.processes.call(Session, (await visitorOf(c)).visit.id).Cancel({ number })
    return c.redirect(`/orders/${number}`, 303)
  })
  .post('/orders/:number/confirm', async (c) => {
    await formOf(c, v.object({}))
    const { number } = await checkoutOf(c)
    await c.var.shop.world.processes.call(Session, (await visitorOf(c)).visit.id).Confirm({ number })
    return c.redirect(`/orders/${number}`, 303)
  })
