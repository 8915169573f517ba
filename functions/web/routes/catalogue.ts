// Looking around: the catalogue, and one product.
import { Hono } from 'hono'
import { etag } from 'hono/etag'
import * as v from 'valibot'
import { type Env, frameOf, type ShopContext, tokenOf } from '../frame.ts'
import { cataloguePage, type Offered, stockState, stockText } from '../pages/catalogue.ts'
import { money } from '../pages/money.ts'
import { productPage } from '../pages/product.ts'
import { notFound, Refusal } from '../refusal.ts'
import { type Query, type Selection, sortings } from '../world.ts'

const looked = v.object({
  q: v.optional(v.pipe(v.string(), v.maxLength(80), v.trim()), ''),
  category: v.optional(v.pipe(v.string(), v.maxLength(60))),
  sort: v.optional(v.picklist(sortings), 'name'),
  cursor: v.optional(v.pipe(v.string(), v.maxLength(2000))),
})

/** Whether there is a word in it that can be looked for. */
const hasWords = (text: string): boolean => /[\p{L}\p{N}]/u.test(text)

const queryOf = (c: ShopContext): { readonly search: string; readonly query: Query } => {
  // An empty field of a form is one that was not filled in.
  const given = Object.entries(c.req.query()).filter(([, value]) => value !== '')
  const parsed = v.safeParse(looked, Object.fromEntries(given))
  if (!parsed.success) {
    const field = String(parsed.issues[0].path?.[0].key)
    throw new Refusal(
      400,
      'We cannot look for that',
      field === 'sort'
        ? `The catalogue has no such order: it is by ${sortings.join(' or by ')}.`
        : `The field ${field} does not fit.`,
    )
  }
  const { q: search, category, sort, cursor } = parsed.output
  const selection: Selection = hasWords(search)
    ? { kind: 'words', text: search }
    : category === undefined
      ? { kind: 'all', sort }
      : { kind: 'category', category }
  return { search, query: { selection, ...(cursor !== undefined && { cursor }) } }
}

const offeredOf = async (c: ShopContext): Promise<Offered> => {
  const sku = c.req.param('sku') ?? ''
  if (!/^[!-~]{1,40}$/.test(sku)) throw notFound()
  const { world, reads } = c.var.shop
  const [product, offer] = await Promise.all([world.catalogue.product(sku), reads.offer(sku)])
  if (product === undefined) throw notFound()
  return { product, offer }
}

export const catalogueRoutes = new Hono<Env>()
  .get('/', async (c) => {
    const { search, query } = queryOf(c)
    const { world, reads } = c.var.shop
    const [frame, { products, next }, categories] = await Promise.all([
      frameOf(c),
      world.catalogue.list(query),
      world.catalogue.categories(),
    ])
    const offered = await Promise.all(
      products.map(async (product) => ({ product, offer: await reads.offerInLists(product.sku) })),
    )
    return c.html(cataloguePage(frame, { search, query, categories, offered, next }))
  })
  .get('/products/:sku', async (c) => {
    const [frame, offered] = await Promise.all([frameOf(c), offeredOf(c)])
    return c.html(productPage(frame, offered, await tokenOf(c)))
  })
  .get('/products/:sku/offer', etag(), async (c) => {
    const { offer } = await offeredOf(c)
    c.header('cache-control', 'private, no-cache')
    return c.json({
      texts: { price: offer?.pence === undefined ? '' : money(offer.pence), stock: stockText(offer) },
      states: { stock: stockState(offer) },
      done: false,
    })
  })
