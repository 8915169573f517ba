// The changes of a queue that must outlive the process which holds it, and the messages as they are stored.
import { contentOf, type StoredMessage } from './queue-message.ts'
import type { Held } from './queue-order.ts'
import type { Remembered } from './queue-window.ts'

/**
 * A lasting change; applied in order to an empty queue they make it anew. Plain receives are none: a queue made anew shows what
 * was in flight, and its receive counts may be lower. A visibility that was changed does last: it is a consumer's backoff or
 * heartbeat.
 */
export type QueueChange =
  | { readonly kind: 'stored'; readonly message: StoredMessage }
  | { readonly kind: 'removed'; readonly ordinal: number }
  | Hidden
  | { readonly kind: 'purged' }
  | { readonly kind: 'remembered'; readonly first: Remembered }
  | { readonly kind: 'counted'; readonly next: number }

export interface Hidden {
  readonly kind: 'hidden'
  readonly ordinal: number
  /** When it shows again, ms since 1970. */
  readonly until: number
  readonly receipt: string
  readonly receivedAt: number
  readonly receives: number
}

/** The changes that store a message as it stands now. */
export const changesOf = (held: Held): QueueChange[] => {
  const { delayedUntil: _, ...message } = held.message
  const { state, timer, receives, firstReceivedAt } = held
  const delay = state === 'delayed' && timer !== undefined && { delayedUntil: timer.key }
  const stored: QueueChange = {
    kind: 'stored',
    message: { ...message, ...delay, receives, ...(firstReceivedAt !== undefined && { firstReceivedAt }) },
  }
  return held.extended && state === 'inFlight' ? [stored, hiddenOf(held)] : [stored]
}

export const hiddenOf = ({ message, timer, receipt = '', receivedAt, receives }: Held): Hidden => ({
  kind: 'hidden',
  ordinal: message.ordinal,
  until: timer?.key ?? 0,
  receipt,
  receivedAt,
  receives,
})

/** A message as its dead-letter queue stores it. */
export const asDeadLetter = (
  { message, receives, firstReceivedAt }: Held,
  to: { readonly source: string; readonly fifo: boolean; readonly ordinal: number; readonly now: number },
): StoredMessage => ({
  ...contentOf(message),
  id: message.id,
  sentAt: message.sentAt,
  ordinal: to.ordinal,
  deadLetterSource: to.source,
  // ApproximateReceiveCount: "the number of times a message has been received across all queues but not deleted."
  receives,
  ...(firstReceivedAt !== undefined && { firstReceivedAt }),
  // Dead-letter queue retention: "For standard queues, the expiration of a message is always based on its original enqueue
  // timestamp. When a message is moved to a dead-letter queue, the enqueue timestamp is unchanged." "For FIFO queues, the enqueue
  // timestamp resets when the message is moved to a dead-letter queue."
  // Dead-letter queue redrive: "When a message is moved from a FIFO queue to a FIFO DLQ, the original message's deduplication ID
  // will be replaced with the original message's ID."
  ...(to.fifo && { sentAt: to.now, deduplication: message.id }),
})
