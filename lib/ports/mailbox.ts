// The queues as a process sees them: sending to mailboxes and dead-letter queues, hiding what it returns.

/** A queue by its role; the adapter knows its URL and whether it is FIFO. */
export interface Queue {
  /** `timer`: the process's own standard queue, on which its timers come back. */
  readonly role: 'mailbox' | 'deadLetter' | 'timer'
  readonly process: string
  /** Which of the queues that a mailbox is spread over; default 0. */
  readonly shard?: number
}

/** One SQS message to be. */
export interface Entry {
  /** Unique within one `send`; what `failed` names. */
  readonly id: string
  readonly body: string
  /** Message group: the instance. On a standard queue its tenant goes in its place. */
  readonly group: string
  /** FIFO deduplication id; not sent to a standard queue. */
  readonly deduplication: string
  readonly attributes?: { readonly [name: string]: string }
  /** Whole seconds until it shows, 0 to 900; on a timer queue only. */
  readonly delaySeconds?: number
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
  /** It carries what a dead letter carries: somebody moved it back from the dead-letter queue. */
  readonly redriven?: boolean
  /** The queue it came from, as the adapter names it; `hide` needs it where a mailbox has several. */
  readonly source?: string
}

export interface Hidden extends Pick<Delivery, 'receipt' | 'source'> {
  readonly seconds: number
}

/** Why an entry did not get through. */
export interface Refusal {
  /** SQS's code and words. */
  readonly reason: string
  /** It would be refused again and again, until somebody mends something. */
  readonly lasting: boolean
}

export interface Mailbox {
  /** How many queues the mailbox of a process is spread over, at least 1. */
  shards(process: string): number
  /**
   * Sends at most ten entries of at most 1 MiB in sum (SendMessageBatch).
   * @returns ids that did not get through, and why; the rest did
   * @throws Refused if the queue takes none until somebody mends something; Transient if nothing is known of any of them
   */
  send(queue: Queue, entries: readonly Entry[]): Promise<ReadonlyMap<string, Refusal>>
  /** Sets when deliveries of the own mailbox show again (ChangeMessageVisibility), at most ten. Best effort: never throws. */
  hide(deliveries: readonly Hidden[]): Promise<void>
}
