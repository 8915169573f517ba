// Short names for long ids. Hashes are pure: the same text gives the same digest everywhere.
import { hash } from 'node:crypto'

/** 64 bits of SHA-256 as 16 hex digits: what a record keeps of a message id. */
export const digest = (text: string): string => hash('sha256', text, 'hex').slice(0, 16)

/** The queue of a mailbox that an instance's messages go to: always the same while their number is. @returns 0 ≤ shard < `shards` */
export const shardOf = (instance: string, shards: number): number =>
  shards === 1 ? 0 : Number.parseInt(digest(instance).slice(0, 8), 16) % shards

/**
 * The FIFO deduplication id of a message: of its id and its receiver, since SQS's window is per queue and holds many receivers.
 * @param receiver address, `process/instance`
 * @returns 64 hex digits (SQS allows 128 characters)
 */
export const deduplicationOf = (id: string, receiver: string): string => hash('sha256', `${id}>${receiver}`, 'hex')
