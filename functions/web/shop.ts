// The shop as one application: what every request passes, the routes, and what becomes of failures.
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { csrf } from 'hono/csrf'
import { HTTPException } from 'hono/http-exception'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { secureHeaders } from 'hono/secure-headers'
import { assetAt } from './assets/assets.ts'
import { type Env, frameOf, type ShopContext } from './frame.ts'
import { failurePage } from './pages/failure.ts'
import { type Allowance, clientOf, rateLimit } from './rate-limit.ts'
import { readsOf } from './reads.ts'
import { notFound, Refusal, refusalOf } from './refusal.ts'
import { adminRoutes } from './routes/admin.ts'
import { basketRoutes } from './routes/basket.ts'
import { catalogueRoutes } from './routes/catalogue.ts'
import { orderRoutes } from './routes/orders.ts'
import { signers } from './signing.ts'
import type { World } from './world.ts'

/** No form of the shop comes near it. */
const bodyBytesMax = 16 * 1024

export interface ShopOptions {
  /** Of one client in one environment. */
  readonly allowance?: Allowance
  /** Where faults of ours are written. */
  readonly log: (message: string, fields: { readonly [name: string]: unknown }) => void
}

const none = ["'none'"]
const self = ["'self'"]
const headers = secureHeaders({
  // Nothing is inline and nothing comes from elsewhere.
  contentSecurityPolicy: {
    defaultSrc: none,
    scriptSrc: self,
    styleSrc: self,
    imgSrc: self,
    connectSrc: self,
    formAction: self,
    baseUri: none,
    frameAncestors: none,
    requireTrustedTypesFor: ["'script'"],
  },
  referrerPolicy: 'same-origin',
  xFrameOptions: 'DENY',
  permissionsPolicy: { camera: false, microphone: false, geolocation: false, payment: false },
})

const failed = async (c: ShopContext, { status, title, text, retryAfter }: Refusal): Promise<Response> => {
  if (retryAfter !== undefined) c.header('retry-after', String(retryAfter))
  // The frame needs other processes: where they fail too, the page does without.
  const frame = await frameOf(c).catch(() => ({ pieces: 0, notice: '', open: true }))
  return c.html(failurePage(frame, { status, title, text }), status)
}

const foreign = new Refusal(403, 'This form came from elsewhere', 'The shop takes forms from its own pages only.')
const tooLarge = new Refusal(413, 'That is too much', 'What you sent is larger than anything the shop takes.')
const ours = new Refusal(500, 'That was our fault', 'Something broke on our side. We have written it down; please try again.')
const tooMany = (seconds: number): Refusal =>
  new Refusal(
    429,
    'A little slower, please',
    `You ask faster than we can fetch. Try again in ${seconds === 1 ? 'a second' : `${seconds} seconds`}.`,
    seconds,
  )

export const createShop = (world: World, { allowance = { perSecond: 30, burst: 120 }, log }: ShopOptions): Hono<Env> => {
  const shop = { world, reads: readsOf(world), signer: signers(world) }
  const take = rateLimit(world.clock, allowance)
  const app = new Hono<Env>()
  app.use(headers, async (c, next) => {
    c.set('shop', shop)
    await next()
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'private, no-store')
  })
  app.get('/assets/:file', (c) => {
    const asset = assetAt(c.req.path)
    if (asset === undefined) throw notFound()
    return c.body(asset.text, 200, { 'content-type': asset.type, 'cache-control': 'public, max-age=31536000, immutable' })
  })
  app.get('/robots.txt', (c) =>
    c.text('User-agent: *\nDisallow: /basket\nDisallow: /checkout\nDisallow: /orders\nDisallow: /admin\n'),
  )
  app.use(async (c, next) => {
    const seconds = take(clientOf(c.env.sourceIp))
    if (seconds > 0) throw tooMany(seconds)
    await next()
  })
  app.use(
    bodyLimit({
      maxSize: bodyBytesMax,
      onError: () => {
        throw tooLarge
      },
    }),
    csrf(),
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, allowed) => {
        c.header('allow', allowed.join(', '))
        return failed(c, new Refusal(405, 'That is not how it works', 'This page cannot be asked that way.'))
      },
    }),
  )
  app.route('/', catalogueRoutes).route('/', basketRoutes).route('/', orderRoutes).route('/', adminRoutes(world.clock))
  app.notFound((c) => failed(c, notFound()))
  app.onError((thrown, c) => {
    if (thrown instanceof HTTPException) return failed(c, thrown.status === 403 ? foreign : ours)
    const refusal = refusalOf(thrown)
    if (refusal === undefined) log('a request failed', { path: c.req.path, error: thrown.stack })
    return failed(c, refusal ?? ours)
  })
  return app
}
