// What the web server may ask of a session, and what it sees of it: a visitor's basket, and what came of baskets before.
// Its id stands in envelopes and logs and opens nothing by itself: the cookie that names it is signed.
import * as v from 'valibot'
import { contract } from '../../lib/index.ts'
import { pence, whole } from '../amounts.ts'
import { instanceId } from '../instance-id.ts'

/** Most lines of a basket, most pieces of a line, and most checkouts that a session remembers: together they fit its view (32 KB). */
export const linesMax = 15
export const piecesMax = 99
export const checkoutsMax = 8

const sku = v.pipe(instanceId, v.maxLength(40))
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(90))
const pieces = v.pipe(whole, v.minValue(1), v.maxValue(piecesMax))
/** `<number>-<n>`, n from 1, is the order of a checkout's n-th line. */
const number = v.pipe(v.string(), v.regex(/^[0-9a-v]{12}$/))

const basketLine = v.object({ sku, name, quantity: pieces })
/** `pence`: what the line costs as a whole. */
const boughtLine = v.object({ ...basketLine.entries, pence })
const checkout = v.object({
  number,
  /** ms since 1970. */
  at: whole,
  lines: v.pipe(v.array(boughtLine), v.maxLength(linesMax)),
})
export type BasketLine = v.InferOutput<typeof basketLine>
export type Checkout = v.InferOutput<typeof checkout>

/** What a session is once it has begun. */
export const open = v.object({
  status: v.literal('open'),
  /** Whose account pays. */
  customer: instanceId,
  lines: v.pipe(v.array(basketLine), v.maxLength(linesMax)),
  /** The newest first. */
  checkouts: v.pipe(v.array(checkout), v.maxLength(checkoutsMax)),
})

export const none = v.object({ status: v.literal('none') })

/** The order of a checkout's line, by its place in `lines`. */
export const orderOf = (number: string, line: number): string => `${number}-${line + 1}`

/** All refuse a session that has not begun, or has ended, as `expired`; `Put` does so unless it is told to begin one. */
export const Session = contract('session', {
  messages: {},
  calls: {
    /**
     * Sets how many pieces of a product are in the basket, or adds so many. 0 takes it out. Refused as `unknown-product` (nobody sells it),
     * `too-many-pieces`, `basket-full`.
     */
    Put: {
      request: v.object({
        sku,
        name,
        quantity: v.pipe(whole, v.minValue(0), v.maxValue(piecesMax)),
        add: v.optional(v.boolean(), false),
        begin: v.optional(v.boolean(), false),
      }),
      reply: v.object({ pieces: whole }),
    },
    /**
     * Orders what is in the basket, which is empty then. `pence`: the sum that the customer saw. Refused as `basket-empty`, `price-changed`,
     * `out-of-stock`, `account-not-ready` (try again in a moment).
     */
    Checkout: { request: v.object({ pence, hold: v.optional(v.boolean(), false) }), reply: v.object({ number }) },
    /** Asks each order of a checkout to stop; each decides. Refused as `unknown-checkout`. */
    Cancel: { request: v.object({ number }), reply: v.object({}) },
    /** Approves the orders of a checkout that waits for it. Refused as `unknown-checkout`. */
    Confirm: { request: v.object({ number }), reply: v.object({}) },
  },
  view: v.variant('status', [none, open]),
})
