// The catalogue: what is for sale, by words, by category, page by page.
import { html } from 'hono/html'
import type { Product, Query, Sorting } from '../world.ts'
import { art } from './art.ts'
import type { Html } from './html.ts'
import { type Frame, heading, layout } from './layout.ts'
import { money } from './money.ts'

/** What `inventory` publishes of a product; undefined: it is not for sale. */
export type Offer = { readonly available: number; readonly pence?: number | undefined } | undefined

export interface Offered {
  readonly product: Product
  readonly offer: Offer
}
export interface CataloguePage {
  readonly search: string
  readonly query: Query
  readonly categories: readonly string[]
  readonly offered: readonly Offered[]
  readonly next: string | undefined
}

/** How much there is, in words. */
export const stockText = (offer: Offer): string => {
  if (offer?.pence === undefined) return 'Not for sale'
  if (offer.available <= 0) return 'Sold out'
  return offer.available <= 5 ? `Only ${offer.available} left` : 'In stock'
}
export const stockState = (offer: Offer): 'none' | 'few' | 'many' =>
  offer?.pence === undefined || offer.available <= 0 ? 'none' : offer.available <= 5 ? 'few' : 'many'

const linkOf = (page: CataloguePage, change: { category?: string | undefined; sort?: Sorting; cursor?: string }): string => {
  const { search, query } = page
  const category = 'category' in change ? change.category : query.category
  const sort = change.sort ?? query.sort
  const parameters = new URLSearchParams({
    ...(search !== '' && { q: search }),
    ...(category !== undefined && { category }),
    ...(sort !== 'name' && { sort }),
    ...(change.cursor !== undefined && { cursor: change.cursor }),
  }).toString()
  return parameters === '' ? '/' : `/?${parameters}`
}

const card = ({
  product: { sku, name },
  offer,
}: Offered): Html => html`<li class="card"><a href="/products/${encodeURIComponent(sku)}">
<span class="tile">${art(name)}</span>
<span class="name">${name}</span>
<span class="facts"><span class="price">${offer?.pence === undefined ? '' : money(offer.pence)}</span><span class="stock" data-state="${stockState(offer)}">${stockText(offer)}</span></span>
</a></li>`

const filters = (page: CataloguePage): Html => {
  const { category, sort } = page.query
  const chip = (text: string, one: string | undefined): Html =>
    html`<li><a class="chip" href="${linkOf(page, { category: one })}"${category === one ? html` aria-current="true"` : ''}>${text}</a></li>`
  const sorting = (text: string, one: Sorting): Html =>
    html`<li><a href="${linkOf(page, { sort: one })}"${sort === one ? html` aria-current="true"` : ''}>${text}</a></li>`
  return html`<nav class="filters" aria-label="Categories and order"><ul class="chips">${chip('Everything', undefined)}${page.categories.map((one) => chip(one, one))}</ul>
<ul class="sortings">${sorting('By name', 'name')}${sorting('By price', 'price')}</ul></nav>`
}

const pager = (page: CataloguePage): Html =>
  html`<nav class="pager" aria-label="Pages">${
    page.query.cursor === undefined ? '' : html`<a class="button quiet" href="${linkOf(page, {})}">First page</a>`
  }${page.next === undefined ? '' : html`<a class="button" rel="next" href="${linkOf(page, { cursor: page.next })}">Next page</a>`}</nav>`

const titleOf = ({ search, query: { category } }: CataloguePage): string => {
  if (search !== '') return category === undefined ? `“${search}”` : `“${search}” in ${category}`
  return category ?? 'The whole shop'
}

const hero = html`<section class="hero"><div><h1>Small things, well made</h1><p>Lanterns, tins, tea cups and other reasons to wrap a parcel.</p></div></section>`

const nothing = (page: CataloguePage): Html =>
  html`<div class="empty"><p>Nothing here goes by that name.</p><p><a href="${page.search === '' ? '/' : linkOf({ ...page, search: '' }, {})}">Look at ${page.search === '' ? 'the whole shop' : 'everything'}</a></p></div>`

export const cataloguePage = (frame: Frame, page: CataloguePage): Html => {
  const title = titleOf(page)
  const front = page.search === '' && page.query.category === undefined && page.query.cursor === undefined
  return layout(
    { ...frame, search: page.search, place: 'shop' },
    title,
    html`${front ? hero : heading(title)}
${filters(page)}
${page.offered.length === 0 ? nothing(page) : html`<ul class="cards">${page.offered.map(card)}</ul>`}
${pager(page)}`,
  )
}
