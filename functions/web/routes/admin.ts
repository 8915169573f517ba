// Behind the counter: for whoever has the admin token. Without a token in `keys` there is nothing here.
import { Hono, type MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import * as v from 'valibot'
import { Desk, theDesk } from '../../desk/contract.ts'
import { Inventory } from '../../inventory/contract.ts'
import { Settings, shop as theShop } from '../../settings/contract.ts'
import { type Env, formOf, frameOf, type ShopContext, tokenOf } from '../frame.ts'
import { adminPage, signInPage } from '../pages/admin.ts'
import { clientOf, rateLimit } from '../rate-limit.ts'
import { notFound, Refusal } from '../refusal.ts'
import type { Clock } from '../world.ts'

const cookieName = '__Host-admin'
const cookieSeconds = 3600

const sku = v.pipe(v.string(), v.regex(/^[!-~]{1,40}$/, 'it names no product'))
const wholeText = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{1,9}$/, 'a whole number is needed'),
    v.transform(Number),
    v.minValue(least, `at least ${least}`),
    v.maxValue(most, `at most ${most}`),
  )
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(300))
const failed = v.object({ process: text, instance: text, id: text })

const isIn = async (c: ShopContext): Promise<boolean> => {
  const [, expires = '', code = ''] = /^(\d{1,12})\.([\w-]{43})$/.exec(getCookie(c, cookieName) ?? '') ?? []
  const { world, signer } = c.var.shop
  return (await signer()).verify('admin', expires, code) && Number(expires) * 1000 > world.clock.now()
}

const demandIn: MiddlewareHandler<Env> = async (c, next) => {
  if ((await c.var.shop.signer()).opens === undefined) throw notFound()
  if (await isIn(c)) return next()
  if (c.req.method === 'GET') return c.html(signInPage(await frameOf(c), await tokenOf(c)), 401)
  throw new Refusal(401, 'Please go in first', 'You have been away from the counter for too long.')
}

/** Guesses of the token, by client. */
const guesses = { perSecond: 0.1, burst: 5 }

export const adminRoutes = (clock: Clock): Hono<Env> => {
  const guess = rateLimit(clock, guesses)
  return new Hono<Env>()
    .post('/admin/sign-in', async (c) => {
      const signer = await c.var.shop.signer()
      if (signer.opens === undefined) throw notFound()
      const { secret } = await formOf(c, v.object({ secret: v.pipe(v.string(), v.maxLength(100)) }))
      const seconds = guess(clientOf(c.env.sourceIp))
      if (seconds > 0) throw new Refusal(429, 'A little slower, please', `Try again in ${seconds} seconds.`, seconds)
      if (!signer.opens(secret)) throw new Refusal(401, 'That does not open it', 'It is not the token of this shop.')
      const expires = String(Math.floor(clock.now() / 1000) + cookieSeconds)
      setCookie(c, cookieName, `${expires}.${signer.sign('admin', expires)}`, {
        path: '/',
        secure: true,
        httpOnly: true,
        sameSite: 'Strict',
        maxAge: cookieSeconds,
      })
      return c.redirect('/admin', 303)
    })
    .use('/admin', demandIn)
    .use('/admin/*', demandIn)
    .get('/admin', async (c) => {
      const { world, reads } = c.var.shop
      const search = (c.req.query('find') ?? '').slice(0, 80)
      const hasWords = /[\p{L}\p{N}]/u.test(search)
      const selection = hasWords ? ({ kind: 'words', text: search } as const) : ({ kind: 'all', sort: 'name' } as const)
      const [frame, token, settings, desk, { products }] = await Promise.all([
        frameOf(c),
        tokenOf(c),
        reads.settings(),
        world.processes.view(Desk, theDesk, { consistent: true }),
        world.catalogue.list({ selection }),
      ])
      const offered = await Promise.all(products.map(async (product) => ({ product, offer: await reads.offerNow(product.sku) })))
      return c.html(adminPage(frame, { token, settings, search, offered, failures: desk?.failures ?? [] }))
    })
    .post('/admin/sign-out', async (c) => {
      await formOf(c, v.object({}))
      deleteCookie(c, cookieName, { path: '/', secure: true })
      return c.redirect('/', 303)
    })
    .post('/admin/settings', async (c) => {
      const { open, notice, version } = await formOf(
        c,
        v.object({
          open: v.optional(v.literal('yes')),
          notice: v.pipe(v.string(), v.trim(), v.maxLength(200, 'at most 200 characters')),
          version: wholeText(0, 999_999_999),
        }),
      )
      const value = { open: open === 'yes', notice }
      const swapped = await c.var.shop.world.processes.call(Settings, theShop).CompareAndSet({ version, value })
      if (!swapped.set)
        throw new Refusal(
          409,
          'Somebody else was here',
          'The shop was switched meanwhile. Look at how it stands now, and decide again.',
        )
      return c.redirect('/admin', 303)
    })
    .post('/admin/restock', async (c) => {
      const form = await formOf(c, v.object({ sku, quantity: wholeText(1, 9999) }))
      await c.var.shop.world.processes.send(Inventory, form.sku).Restock({ quantity: form.quantity })
      return c.redirect('/admin', 303)
    })
    .post('/admin/price', async (c) => {
      const form = await formOf(c, v.object({ sku, pence: wholeText(1, 9_999_999) }))
      await c.var.shop.world.processes.send(Inventory, form.sku).Price({ pence: form.pence })
      return c.redirect('/admin', 303)
    })
    .post('/admin/redrive', async (c) => {
      await c.var.shop.world.processes.call(Desk, theDesk).Redrive(await formOf(c, failed))
      return c.redirect('/admin', 303)
    })
    .post('/admin/discard', async (c) => {
      await c.var.shop.world.processes.call(Desk, theDesk).Discard(await formOf(c, failed))
      return c.redirect('/admin', 303)
    })
}
