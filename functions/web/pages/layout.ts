// The frame of every page: head, header with search and basket, notice, footer.
import { html } from 'hono/html'
import { assetPath } from '../assets/assets.ts'
import type { Html } from './html.ts'
import { count } from './money.ts'

/** What every page shows besides its own matter. */
export interface Frame {
  /** Pieces in the basket. */
  readonly pieces: number
  /** What the shop says to everybody; empty: nothing. */
  readonly notice: string
  /** Whether it takes orders. */
  readonly open: boolean
  /** What was looked for. */
  readonly search?: string
  /** Which of the header's places this page is. */
  readonly place?: 'shop' | 'basket' | 'orders' | 'admin'
}

const banners = ({ notice, open }: Frame): Html | '' =>
  open && notice === ''
    ? ''
    : html`<section aria-label="Notices">${
        open
          ? ''
          : html`<p class="banner closed"><strong>The shop is closed.</strong> Look around; orders are taken again soon.</p>`
      }${notice === '' ? '' : html`<p class="banner">${notice}</p>`}</section>`

const current = (frame: Frame, place: Frame['place']): Html | '' => (frame.place === place ? html` aria-current="page"` : '')

export const layout = (frame: Frame, title: string, main: Html): Html => html`<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Gavotte</title>
<meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="${assetPath('shop.css')}">
<link rel="icon" type="image/svg+xml" href="${assetPath('icon.svg')}">
<script src="${assetPath('live.js')}" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the page</a>
<header class="top">
<div class="wide bar">
<a class="mark" href="/"${current(frame, 'shop')}><svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><path d="M25 9a11 11 0 1 0 2 9H17"/><circle cx="25" cy="9" r="2.4"/></svg><span>Gavotte</span></a>
<form class="search" action="/" method="get" role="search">
<label class="unseen" for="q">Search the shop</label>
<input id="q" name="q" type="search" maxlength="80" placeholder="Search the shop" value="${frame.search ?? ''}" autocomplete="off">
<button class="quiet" type="submit">Search</button>
</form>
<nav class="places" aria-label="Your things">
<a href="/orders"${current(frame, 'orders')}>Orders</a>
<a class="basket" href="/basket"${current(frame, 'basket')}>Basket${
  frame.pieces === 0
    ? ''
    : html` <span class="pill"><span class="unseen">, </span>${frame.pieces}<span class="unseen"> ${frame.pieces === 1 ? 'piece' : 'pieces'}</span></span>`
}</a>
</nav>
</div>
</header>
${banners(frame)}
<main id="main" class="wide" tabindex="-1">
${main}
</main>
<footer class="foot"><div class="wide"><p>Gavotte, gifts and household things. A shop of processes: what you see here is kept in step by messages.</p></div></footer>
</body>
</html>`

export const heading = (title: string, beside: Html | '' = ''): Html =>
  html`<div class="heading"><h1>${title}</h1>${beside}</div>`

export const piecesText = (pieces: number): string => count(pieces, 'piece')
