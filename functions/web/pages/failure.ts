// What went wrong, in the shop's own frame.
import { html } from 'hono/html'
import type { Refusal } from '../refusal.ts'
import type { Html } from './html.ts'
import { type Frame, layout } from './layout.ts'

export const failurePage = (frame: Frame, { status, title, text }: Pick<Refusal, 'status' | 'title' | 'text'>): Html =>
  layout(
    frame,
    title,
    html`<div class="failure"><p class="code">${status}</p><h1>${title}</h1><p>${text}</p><p class="actions"><a class="button" href="/">To the shop</a> <a class="button quiet" href="/basket">To your basket</a></p></div>`,
  )
