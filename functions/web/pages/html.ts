// What a page's parts are. A tagged template escapes all that it is given but other parts.
import type { html } from 'hono/html'

export type Html = ReturnType<typeof html>
