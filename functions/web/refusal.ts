// A request that is not granted, as the visitor is told of it.
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { CallFailed, Rejected, Transient } from '../../lib/index.ts'

/** `title` and `text` are shown. */
export class Refusal extends Error {
  readonly status: ContentfulStatusCode
  readonly title: string
  readonly text: string
  /** Seconds after which it may be tried again. */
  readonly retryAfter?: number

  constructor(status: ContentfulStatusCode, title: string, text: string, retryAfter?: number) {
    super(`${status} ${title}`)
    this.status = status
    this.title = title
    this.text = text
    if (retryAfter !== undefined) this.retryAfter = retryAfter
  }
}

export const notFound = (): Refusal =>
  new Refusal(404, 'There is nothing here', 'The page may have moved, or the address may hold a slip of the pen.')

const invalid = (text: string): Refusal => new Refusal(422, 'That cannot be right', text)

const busy = (): Refusal =>
  new Refusal(503, 'One moment, please', 'The shop is catching its breath. Nothing was lost: please try again.', 2)

// What processes say no with, by the code of their answer.
const refusals: { readonly [code: string]: (message: string) => Refusal } = {
  expired: () =>
    new Refusal(410, 'Your visit has ended', 'A basket is kept for 30 days. This one is gone, and nothing was ordered from it.'),
  'unknown-product': () => new Refusal(404, 'We do not sell that', 'This product is not, or no longer, in the shop.'),
  'unknown-failure': () => new Refusal(409, 'That is done already', 'The desk does not know of this failure any more.'),
  'unknown-checkout': () => new Refusal(404, 'No such order', 'This order does not belong to your visit.'),
  'too-many-pieces': (message) => invalid(sentence(message)),
  'basket-full': (message) => invalid(sentence(message)),
  'wrong-cursor': () =>
    new Refusal(400, 'That page is of another list', 'Its mark does not fit what you look for now. Begin at the first page.'),
  'basket-empty': () =>
    new Refusal(409, 'Your basket is empty', 'There is nothing to order. Perhaps it is ordered already: see your orders.'),
  'price-changed': () =>
    new Refusal(409, 'A price has changed', 'It changed while you looked. Nothing was ordered: see your basket for the new one.'),
  'out-of-stock': (message) =>
    new Refusal(409, 'Somebody was faster', `${sentence(message)} Nothing was ordered: change your basket, and try again.`),
  'account-not-ready': busy,
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

/** How a failure of a process is told to the visitor. Undefined: it is a fault of ours. */
export const refusalOf = (thrown: unknown): Refusal | undefined => {
  if (thrown instanceof Refusal) return thrown
  if (thrown instanceof CallFailed) return refusals[thrown.code]?.(thrown.message.replaceAll(`${thrown.code}: `, ''))
  if (thrown instanceof Transient) return busy()
  // An id in a path that no instance can have.
  if (thrown instanceof Rejected && thrown.code === 'illegal-instance-id') return notFound()
  return undefined
}
