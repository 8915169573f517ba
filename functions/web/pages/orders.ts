// A visitor's orders, and one order as it moves: received, checked against stock and account, on its way.
import { html } from 'hono/html'
import type { Checkout } from '../../session/contract.ts'
import type { OrderProgress } from '../order-progress.ts'
import { art } from './art.ts'
import { tokenField } from './form.ts'
import type { Html } from './html.ts'
import { type Frame, heading, layout } from './layout.ts'
import { count, money } from './money.ts'

/** `7f3a-91c2-04bd` */
const numberText = (number: string): string => number.replace(/(.{4})(?=.)/g, '$1-')

const dateText = (at: number): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'Europe/London' }).format(at)
const when = (at: number): Html => html`<time datetime="${new Date(at).toISOString()}">${dateText(at)}</time>`

const totalOf = ({ lines }: Checkout): number => lines.reduce((sum, { pence }) => sum + pence, 0)

export const ordersPage = (frame: Frame, checkouts: readonly Checkout[], ended: boolean): Html =>
  layout(
    { ...frame, place: 'orders' },
    'Orders',
    html`${heading('Your orders')}
${
  checkouts.length === 0
    ? html`<div class="empty"><p>${ended ? 'Your visit has ended: what you ordered is on its way all the same.' : 'Nothing ordered yet.'}</p><p><a class="button" href="/">Look around</a></p></div>`
    : html`<ul class="orders">${checkouts.map(
        (one) =>
          html`<li><a href="/orders/${one.number}"><span class="number">${numberText(one.number)}</span><span>${when(one.at)}</span><span>${count(one.lines.length, 'product')}</span><span class="price">${money(totalOf(one))}</span></a></li>`,
      )}</ul>`
}`,
  )

const steps = ['Received', 'Stock and account checked', 'On its way'] as const

const track = ({ reached, state }: OrderProgress['lines'][number], n: number): Html =>
  html`<ol class="track" data-state-of="line-${n}" data-state="${state}" data-reached="${reached}">${steps.map(
    (step) => html`<li><span class="dot" aria-hidden="true"></span><span class="unseen">${step}</span></li>`,
  )}</ol>`

const action = (path: string, token: string, text: string, quiet: boolean): Html =>
  html`<form action="${path}" method="post">${tokenField(token)}<button${quiet ? html` class="quiet"` : ''} type="submit">${text}</button></form>`

export interface OrderPage {
  readonly checkout: Checkout
  readonly progress: OrderProgress
  readonly token: string
}

export const orderPage = (frame: Frame, { checkout, progress, token }: OrderPage): Html => {
  const { number, at, lines } = checkout
  const path = `/orders/${number}`
  const line = ({ sku, name, quantity, pence }: Checkout['lines'][number], n: number): Html => {
    const one = progress.lines[n]
    return html`<li class="row"><span class="tile small">${art(name)}</span>
<div class="what"><a href="/products/${encodeURIComponent(sku)}">${name}</a><span class="muted">${quantity} × ${money(pence / quantity)}</span></div>
<div class="moves">${one === undefined ? '' : track(one, n)}<p class="state" data-state-of="line-${n}" data-state="${one?.state ?? 'moving'}" data-text="line-${n}">${one?.text ?? ''}</p></div>
<span class="price">${money(pence)}</span></li>`
  }
  return layout(
    { ...frame, place: 'orders' },
    `Order ${numberText(number)}`,
    html`${heading('Your order', html`<p class="number">${numberText(number)}</p>`)}
<div data-live="${path}/status" data-done="${String(progress.done)}" data-phase="${progress.phase}"><p class="summary" role="status" data-text="summary" data-state-of="summary" data-state="${progress.state}">${progress.summary}</p>
<noscript><p class="hint"><a href="${path}">Look again</a> to see how it moves.</p></noscript>
<ul class="rows">${lines.map(line)}</ul>
<div class="sum"><p><span>Ordered ${when(at)}</span> <strong>${money(totalOf(checkout))}</strong></p>
<div class="actions"><div data-while="waiting">${action(`${path}/confirm`, token, 'Confirm the order', false)}</div><div data-while="waiting moving">${action(`${path}/cancel`, token, 'Cancel the order', true)}</div></div></div></div>`,
  )
}
