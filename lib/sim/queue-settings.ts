// How one queue is set up, and what it takes from outside.

import type { QueueModel } from './queue.ts'
import type { QueueChange } from './queue-change.ts'

export interface QueueSettings {
  readonly name: string
  readonly fifo: boolean
  readonly visibilitySeconds: number
  readonly retentionSeconds: number
  readonly delaySeconds?: number
  /** Of the same type, standard or FIFO, as this queue. */
  readonly redrive?: { readonly maxReceiveCount: number; readonly deadLetter: QueueModel }
  readonly contentBasedDeduplication?: boolean
  /** DeduplicationScope `messageGroup` of high-throughput FIFO queues: ids are compared within a group, not the queue. */
  readonly deduplicationPerGroup?: boolean
  /** MaximumMessageSize; 1 MiB unless given. */
  readonly messageBytesMax?: number
}

export interface QueueChance {
  /** Never the same twice. */
  newId(): string
  /** Uniform in [0, 1). */
  dice(): number
}

export interface QueueOptions {
  /** Dice decide what SQS leaves open: the order of delivery, and whether a stale receipt deletes. Without, order is by age, and standard queues are fair. */
  readonly shuffle?: boolean
  /** Hears of every change that must outlive the process. */
  readonly changed?: (change: QueueChange) => void
}
