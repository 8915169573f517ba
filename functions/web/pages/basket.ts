// The basket, and the checkout that makes orders of it.
import { html } from 'hono/html'
import type { BasketLine } from '../../session/contract.ts'
import { piecesMax } from '../../session/contract.ts'
import { art } from './art.ts'
import { type Offer, stockState, stockText } from './catalogue.ts'
import { hidden, tokenField } from './form.ts'
import type { Html } from './html.ts'
import { type Frame, heading, layout, piecesText } from './layout.ts'
import { money } from './money.ts'

export interface BasketRow {
  readonly line: BasketLine
  readonly offer: Offer
}
export interface Basket {
  readonly rows: readonly BasketRow[]
  readonly token: string
  /** Whether a session has ended since. */
  readonly ended: boolean
}

/** What the basket costs; undefined if something in it is not for sale any more. */
const sumOf = (rows: readonly BasketRow[]): number | undefined =>
  rows.reduce<number | undefined>(
    (sum, { line, offer }) => (sum === undefined || offer?.pence === undefined ? undefined : sum + offer.pence * line.quantity),
    0,
  )

const row = ({ line, offer }: BasketRow, token: string): Html => {
  const id = `pieces-${line.sku}`
  const lacking = offer === undefined || offer.available < line.quantity
  return html`<li class="row"><span class="tile small">${art(line.name)}</span>
<div class="what"><a href="/products/${encodeURIComponent(line.sku)}">${line.name}</a>
<span class="stock" data-state="${lacking ? 'none' : stockState(offer)}">${lacking && (offer?.available ?? 0) > 0 ? `Only ${offer?.available} left` : stockText(offer)}</span></div>
<form class="pieces" action="/basket" method="post">${tokenField(token)}${hidden('sku', line.sku)}${hidden('how', 'set')}
<label class="unseen" for="${id}">Pieces of ${line.name}</label>
<input id="${id}" name="quantity" type="number" inputmode="numeric" min="0" max="${piecesMax}" value="${line.quantity}" required>
<button class="quiet" type="submit">Change<span class="unseen"> pieces of ${line.name}</span></button></form>
<form action="/basket" method="post">${tokenField(token)}${hidden('sku', line.sku)}${hidden('how', 'set')}${hidden('quantity', 0)}
<button class="plain" type="submit">Remove<span class="unseen"> ${line.name}</span></button></form>
<span class="price">${offer?.pence === undefined ? '–' : money(offer.pence * line.quantity)}</span></li>`
}

const empty = ({ ended }: Basket): Html =>
  html`<div class="empty">${
    ended ? html`<p>Your visit has ended: a basket is kept for 30 days.</p>` : html`<p>There is nothing in it yet.</p>`
  }<p><a class="button" href="/">Look around</a></p></div>`

export const basketPage = (frame: Frame, basket: Basket): Html => {
  const sum = sumOf(basket.rows)
  const main =
    basket.rows.length === 0
      ? empty(basket)
      : html`<ul class="rows">${basket.rows.map((one) => row(one, basket.token))}</ul>
<div class="sum"><p><span>${piecesText(frame.pieces)}</span> <strong>${sum === undefined ? 'something is not for sale any more' : money(sum)}</strong></p>
${sum !== undefined && frame.open ? html`<a class="button" href="/checkout">Go to the checkout</a>` : ''}</div>`
  return layout({ ...frame, place: 'basket' }, 'Basket', html`${heading('Basket')}${main}`)
}

export interface CheckoutForm extends Basket {
  /** The same form sent twice orders once. */
  readonly once: string
  /** What the account may still owe; undefined: not known yet. */
  readonly credit: number | undefined
}

export const checkoutPage = (frame: Frame, form: CheckoutForm): Html => {
  const sum = sumOf(form.rows) ?? 0
  return layout(
    { ...frame, place: 'basket' },
    'Checkout',
    html`${heading('Checkout')}
<div class="split"><section aria-labelledby="lines"><h2 id="lines">What you order</h2>
<ul class="lines">${form.rows.map(
      ({ line, offer }) =>
        html`<li><span>${line.quantity} × ${line.name}</span><span class="price">${money((offer?.pence ?? 0) * line.quantity)}</span></li>`,
    )}<li class="total"><span>Together</span><strong>${money(sum)}</strong></li></ul>
<p><a href="/basket">Change the basket</a></p></section>
<section class="panel" aria-labelledby="pay"><h2 id="pay">On account</h2>
${form.credit === undefined ? html`<p>Your account is being opened.</p>` : html`<p>You have <strong>${money(form.credit)}</strong> of credit left.${form.credit < sum ? html` <span class="warn">That is less than this comes to: what goes beyond it will be declined.</span>` : ''}</p>`}
<form class="stack" action="/checkout" method="post">${tokenField(form.token)}${hidden('once', form.once)}${hidden('pence', sum)}
<label class="check"><input type="checkbox" name="hold" value="yes"> <span>Hold it until I confirm<small>You may confirm or cancel for 14 days.</small></span></label>
<button type="submit">Order for ${money(sum)}</button></form></section></div>`,
  )
}
