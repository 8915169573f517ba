// The admin's pages: the way in, the shop's switch, stock and prices, and what stands still.
import { html } from 'hono/html'
import type { Notice } from '../../desk/contract.ts'
import { type Offered, stockState } from './catalogue.ts'
import { hidden, tokenField } from './form.ts'
import type { Html } from './html.ts'
import { type Frame, heading, layout } from './layout.ts'

export const signInPage = (frame: Frame, token: string): Html =>
  layout(
    { ...frame, place: 'admin' },
    'Behind the counter',
    html`${heading('Behind the counter')}<form class="panel stack" action="/admin/sign-in" method="post">${tokenField(token)}
<label for="secret">Admin token<input id="secret" name="secret" type="password" autocomplete="current-password" maxlength="100" required></label>
<button type="submit">Go in</button></form>`,
  )

export interface AdminPage {
  readonly token: string
  readonly settings: { readonly open: boolean; readonly notice: string; readonly version: number }
  readonly search: string
  readonly offered: readonly Offered[]
  readonly failures: readonly Notice[]
}

const settingsForm = ({
  token,
  settings: { open, notice, version },
}: AdminPage): Html => html`<section aria-labelledby="switch"><h2 id="switch">The shop</h2>
<form class="panel stack" action="/admin/settings" method="post">${tokenField(token)}${hidden('version', version)}
<label class="check"><input type="checkbox" name="open" value="yes"${open ? html` checked` : ''}> <span>It takes orders</span></label>
<label for="notice">Notice on every page<input id="notice" name="notice" maxlength="200" value="${notice}"></label>
<button type="submit">Save</button></form></section>`

const stockRow = (
  { product: { sku, name }, offer }: Offered,
  token: string,
): Html => html`<tr><th scope="row"><a href="/products/${encodeURIComponent(sku)}">${name}</a></th>
<td class="figure"><span class="stock" data-state="${stockState(offer)}">${offer?.available ?? 0}</span></td>
<td><form action="/admin/restock" method="post">${tokenField(token)}${hidden('sku', sku)}<input type="number" name="quantity" min="1" max="9999" value="10" aria-label="Pieces of ${name}" required><button class="quiet" type="submit">Restock<span class="unseen"> ${name}</span></button></form></td>
<td><form action="/admin/price" method="post">${tokenField(token)}${hidden('sku', sku)}<input type="number" name="pence" min="1" max="9999999" value="${offer?.pence ?? ''}" aria-label="Price of ${name} in pence" required><button class="quiet" type="submit">Set pence<span class="unseen"> of ${name}</span></button></form></td></tr>`

const stock = ({
  offered,
  token,
  search,
}: AdminPage): Html => html`<section aria-labelledby="stock"><h2 id="stock">Stock and prices</h2>
<form class="search find" action="/admin" method="get"><label class="unseen" for="find">Find products</label><input id="find" name="find" type="search" maxlength="80" placeholder="Find products" value="${search}"><button class="quiet" type="submit">Find</button></form>
<div class="scroll" role="region" aria-label="Table of stock" tabindex="0"><table><thead><tr><th scope="col">Product</th><th scope="col" class="figure">Pieces</th><th scope="col">Restock</th><th scope="col">Price in pence</th></tr></thead>
<tbody>${offered.map((one) => stockRow(one, token))}</tbody></table></div></section>`

const failureRow = (notice: Notice, token: string): Html => {
  const { process, instance, id, type, code, reason, parked } = notice
  const act = (path: string, text: string): Html =>
    html`<form action="${path}" method="post">${tokenField(token)}${hidden('process', process)}${hidden('instance', instance)}${hidden('id', id)}<button class="quiet" type="submit">${text}<span class="unseen"> ${type} of ${process}/${instance}</span></button></form>`
  return html`<tr><th scope="row">${process}/${instance}</th><td>${type}</td><td>${code}${parked ? ', stands still' : ''}<br><small class="muted">${reason.slice(0, 200)}</small></td>
<td><div class="actions">${act('/admin/redrive', 'Try again')}${act('/admin/discard', 'Discard')}</div></td></tr>`
}

const failures = ({
  failures,
  token,
}: AdminPage): Html => html`<section aria-labelledby="still"><h2 id="still">What stands still</h2>
${
  failures.length === 0
    ? html`<p>Nothing: all messages were handled.</p>`
    : html`<div class="scroll" role="region" aria-label="Table of failures" tabindex="0"><table><thead><tr><th scope="col">Instance</th><th scope="col">Message</th><th scope="col">Why</th><th scope="col">What to do</th></tr></thead><tbody>${failures.map((one) => failureRow(one, token))}</tbody></table></div>`
}</section>`

export const adminPage = (frame: Frame, page: AdminPage): Html =>
  layout(
    { ...frame, place: 'admin' },
    'Behind the counter',
    html`${heading(
      'Behind the counter',
      html`<form action="/admin/sign-out" method="post">${tokenField(page.token)}<button class="plain" type="submit">Go out</button></form>`,
    )}
<div class="admin">${failures(page)}${settingsForm(page)}${stock(page)}</div>`,
  )
