// Orders of supervisors, and the limit on them: who has an instance restarted, or one message redriven, again and again, is not followed.
//
// They are counted in the record of the instance, so that no crash forgets them, and for each process that gives them: who supervises a
// supervisor has a count of its own.
import { digest } from './digest.ts'
import { type Duration, milliseconds } from './duration.ts'
import type { Draft } from './hop.ts'
import { refusalsToldMax, restartsDefault } from './limits.ts'

/** How many restarts in how long. A restart counts, and so does each redrive of a message that had been redriven before. */
export interface Intensity {
  /** Integer from 0. */
  readonly most: number
  readonly within: Duration
}

/** Times are ms since 1970. */
export interface Orders {
  readonly followed: readonly { readonly by: string; readonly at: number }[]
  /** What was not followed, and whoever gave it was told so. */
  readonly refused: readonly { readonly key: string; readonly at: number }[]
}
export const noOrders: Orders = { followed: [], refused: [] }

interface Order {
  /** The process that gives it. */
  readonly by: string
  readonly now: number
  readonly restarts?: Intensity | undefined
}

/** Follows an order, unless it is over the limit. @returns whether it is followed */
export const applyOrder = (draft: Draft, { by, now, restarts = restartsDefault }: Order): boolean => {
  const orders = recent(draft.orders, now, restarts)
  if (orders.followed.filter((one) => one.by === by).length >= restarts.most) return false
  draft.orders = { ...orders, followed: [...orders.followed, { by, at: now }] }
  draft.changed = true
  return true
}

/** An order is over the limit. @param about what it is about @returns whether somebody is to be told: once for each */
export const applyRefusedOrder = (draft: Draft, about: string, { by, now, restarts = restartsDefault }: Order): boolean => {
  const orders = recent(draft.orders, now, restarts)
  const key = digest(`${by} ${about}`)
  const isNew = orders.refused.length < refusalsToldMax && !orders.refused.some((one) => one.key === key)
  if (isNew) draft.orders = { ...orders, refused: [...orders.refused, { key, at: now }] }
  draft.changed = true
  return isNew
}

const recent = ({ followed, refused }: Orders, now: number, { within }: Intensity): Orders => {
  const isRecent = ({ at }: { readonly at: number }): boolean => now - at < milliseconds(within)
  return { followed: followed.filter(isRecent), refused: refused.filter(isRecent) }
}
