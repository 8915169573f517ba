// What an order's page says of it: the statuses of its lines' orders in the visitor's words.
import type { ViewOf } from '../../lib/index.ts'
import type { Order } from '../order/contract.ts'

export type OrderStatus = ViewOf<typeof Order>['status']

interface LineProgress {
  readonly text: string
  /** Steps of three that are behind it: received, checked, on its way. */
  readonly reached: 1 | 2 | 3
  readonly state: 'moving' | 'done' | 'failed'
}
export interface OrderProgress {
  readonly lines: readonly LineProgress[]
  readonly summary: string
  readonly state: LineProgress['state']
  /** What the visitor may still do: `waiting` confirm or cancel, `moving` cancel, `over` nothing. */
  readonly phase: 'waiting' | 'moving' | 'over'
  /** Nothing will change any more. */
  readonly done: boolean
}

const lineOf: { readonly [S in OrderStatus]: LineProgress } = {
  new: { text: 'Received', reached: 1, state: 'moving' },
  awaitingApproval: { text: 'Waits for you to confirm', reached: 1, state: 'moving' },
  placed: { text: 'Stock and account are being checked', reached: 2, state: 'moving' },
  stopping: { text: 'Being stopped, if it has not left yet', reached: 2, state: 'moving' },
  shipped: { text: 'On its way to you', reached: 3, state: 'done' },
  outOfStock: { text: 'Sold out: somebody was faster', reached: 1, state: 'failed' },
  declined: { text: 'Declined: your credit does not cover it', reached: 2, state: 'failed' },
  cancelled: { text: 'Cancelled: nothing was charged', reached: 1, state: 'failed' },
  late: { text: 'Stopped: it took too long, nothing was charged', reached: 2, state: 'failed' },
  expired: { text: 'Given up: nobody confirmed it', reached: 1, state: 'failed' },
}

const summaryOf = (lines: readonly LineProgress[], waiting: boolean): string => {
  const done = lines.filter(({ state }) => state === 'done').length
  const failed = lines.filter(({ state }) => state === 'failed').length
  if (waiting) return 'We hold your order until you confirm it.'
  if (done + failed < lines.length) return 'Your order is under way.'
  if (failed === 0) return 'All of it is on its way to you.'
  if (done > 0) return `${done} of ${lines.length} products are on their way; the others could not be had.`
  return lines.length === 1 ? `${lines[0]?.text}.` : 'None of it is coming. See below why.'
}

/** @param statuses what each line's order published; undefined where it has not yet */
export const progressOf = (statuses: readonly (OrderStatus | undefined)[]): OrderProgress => {
  const lines = statuses.map((status = 'new') => lineOf[status])
  const waiting = statuses.includes('awaitingApproval')
  const done = lines.every(({ state }) => state !== 'moving')
  const failed = lines.some(({ state }) => state === 'failed')
  return {
    lines,
    summary: summaryOf(lines, waiting),
    state: done ? (failed ? 'failed' : 'done') : 'moving',
    phase: done || statuses.every((one) => one === 'stopping') ? 'over' : waiting ? 'waiting' : 'moving',
    done,
  }
}
