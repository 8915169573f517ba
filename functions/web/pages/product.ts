// One product: its price, how much there is, and the way into the basket.
import { html } from 'hono/html'
import { piecesMax } from '../../session/contract.ts'
import { art } from './art.ts'
import { type Offered, stockState, stockText } from './catalogue.ts'
import { hidden, tokenField } from './form.ts'
import type { Html } from './html.ts'
import { type Frame, layout } from './layout.ts'
import { money } from './money.ts'

const buy = (frame: Frame, { product, offer }: Offered, token: string): Html => {
  if (!frame.open) return html`<p class="hint">Orders are not taken just now.</p>`
  if (stockState(offer) === 'none') return html`<p class="hint">Come back soon: this may be restocked.</p>`
  return html`<form class="buy" action="/basket" method="post">${tokenField(token)}${hidden('sku', product.sku)}${hidden('how', 'add')}
<label for="quantity">Pieces</label>
<input id="quantity" name="quantity" type="number" inputmode="numeric" min="1" max="${piecesMax}" value="1" required>
<button type="submit">Put into basket</button></form>`
}

export const productPage = (frame: Frame, offered: Offered, token: string): Html => {
  const { product, offer } = offered
  const path = `/products/${encodeURIComponent(product.sku)}`
  return layout(
    frame,
    product.name,
    html`<nav class="trail" aria-label="Where you are"><a href="/">The whole shop</a> <span aria-hidden="true">/</span> <a href="/?${new URLSearchParams({ category: product.category }).toString()}">${product.category}</a></nav>
<article class="product"><div class="tile big">${art(product.name)}</div>
<div class="matter" data-live="${path}/offer"><h1>${product.name}</h1>
<p class="price big" data-text="price">${offer?.pence === undefined ? '' : money(offer.pence)}</p>
<p class="stock" role="status" data-text="stock" data-state-of="stock" data-state="${stockState(offer)}">${stockText(offer)}</p>
${buy(frame, offered, token)}
<dl class="facts"><div><dt>Article</dt><dd>${product.sku}</dd></div><div><dt>Category</dt><dd>${product.category}</dd></div></dl>
</div></article>`,
  )
}
