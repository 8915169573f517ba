// The catalogue: what is for sale, by words, by category, page by page.
import { html } from 'hono/html'
import type { Product, Query, Selection, Sorting } from '../world.ts'
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

const linkOf = ({ selection, cursor }: Query): string => {
  const parameters = new URLSearchParams({
    ...(selection.kind === 'words' && { q: selection.text }),
    ...(selection.kind === 'category' && { category: selection.category }),
    ...(selection.kind === 'all' && selection.sort !== 'name' && { sort: selection.sort }),
    ...(cursor !== undefined && { cursor }),
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

const filters = ({ query: { selection }, categories }: CataloguePage): Html => {
  const chip = (text: string, one: Selection): Html => {
    const isHere =
      selection.kind === one.kind &&
      (one.kind !== 'category' || (selection.kind === 'category' && selection.category === one.category))
    return html`<li><a class="chip" href="${linkOf({ selection: one })}"${isHere ? html` aria-current="true"` : ''}>${text}</a></li>`
  }
  const sorting = (text: string, sort: Sorting, now: Sorting): Html =>
    html`<li><a href="${linkOf({ selection: { kind: 'all', sort } })}"${sort === now ? html` aria-current="true"` : ''}>${text}</a></li>`
  return html`<nav class="filters" aria-label="Categories and order"><ul class="chips">${chip('Everything', { kind: 'all', sort: 'name' })}${categories.map((category) => chip(category, { kind: 'category', category }))}</ul>
${selection.kind === 'all' ? html`<ul class="sortings">${sorting('By name', 'name', selection.sort)}${sorting('By price', 'price', selection.sort)}</ul>` : ''}</nav>`
}

const pager = ({ query: { selection, cursor }, next }: CataloguePage): Html =>
  html`<nav class="pager" aria-label="Pages">${
    cursor === undefined ? '' : html`<a class="button quiet" href="${linkOf({ selection })}">First page</a>`
  }${next === undefined ? '' : html`<a class="button" rel="next" href="${linkOf({ selection, cursor: next })}">Next page</a>`}</nav>`

const titleOf = (selection: Selection): string => {
  switch (selection.kind) {
    case 'all':
      return 'The whole shop'
    case 'category':
      return selection.category
    case 'words':
      return `“${selection.text}”`
  }
}

const hero = html`<section class="hero"><div><h1>Small things, well made</h1><p>Lanterns, tins, tea cups and other reasons to wrap a parcel.</p></div></section>`

const nothing = html`<div class="empty"><p>Nothing here goes by that name.</p><p><a href="/">Look at the whole shop</a></p></div>`

export const cataloguePage = (frame: Frame, page: CataloguePage): Html => {
  const { selection, cursor } = page.query
  const title = titleOf(selection)
  return layout(
    { ...frame, search: page.search, place: 'shop' },
    title,
    html`${selection.kind === 'all' && cursor === undefined ? hero : heading(title)}
${filters(page)}
${page.offered.length === 0 ? nothing : html`<ul class="cards">${page.offered.map(card)}</ul>`}
${pager(page)}`,
  )
}
