// The hidden fields that forms carry.
import { html } from 'hono/html'
import type { Html } from './html.ts'

/** What says that a form is the visitor's own. */
export const tokenField = (token: string): Html => html`<input type="hidden" name="token" value="${token}">`
export const hidden = (name: string, value: string | number): Html => html`<input type="hidden" name="${name}" value="${value}">`
