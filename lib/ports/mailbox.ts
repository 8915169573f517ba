// The queues as a process sees them: sending to mailboxes and dead-letter queues, hiding what it returns.

/** A queue by its role; the adapter knows its URL and whether it is FIFO. */
export interface Queue {
  readonly role: 'mailbox' | 'deadLetter'
  readonly process: string
}

/** One SQS message to be. */
export interface Entry {
  /** Unique within one `send`; what `failed` names. */
  readonly id: string
  readonly body: string
  /** Message group; on a standard queue the fair-queue tenant. */
  readonly group: string
  /** FIFO deduplication id; not sent to a standard queue. */
  readonly deduplication: string
  readonly attributes?: { readonly [name: string]: string }
}

/** One message as a queue delivered it. */
export interface Delivery {
  readonly messageId: string
  readonly receipt: string
  readonly body: string
  /** ApproximateReceiveCount, from 1. */
  readonly receiveCount: number
  /** SentTimestamp, ms since 1970. */
  readonly sentAt: number
  /** MessageDeduplicationId, on a FIFO queue. */
  readonly deduplication?: string
}

export interface Mailbox {
  /**
   * Sends at most ten entries of at most 1 MiB in sum (SendMessageBatch).
   * @returns ids that did not get through, with SQS's reason; the rest did
   * @throws Transient if nothing is known of any of them
   */
  send(queue: Queue, entries: readonly Entry[]): Promise<ReadonlyMap<string, string>>
  /** Sets when deliveries of the own mailbox show again (ChangeMessageVisibility), at most ten. Best effort: never throws. */
  hide(deliveries: readonly { readonly receipt: string; readonly seconds: number }[]): Promise<void>
}
