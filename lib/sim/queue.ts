// A model of one SQS queue, standard or FIFO, in memory and synchronous: time is an argument, ids and dice are given.
//
// Every rule stands under the sentence of the SQS developer guide or API reference that it follows. Not modelled: throttles, lost
// answers and spurious duplicates, which a simulator puts around it; ReceiveRequestAttemptId.
import { batchEntriesMax, visibilitySecondsMax } from '../core/limits.ts'
import { asDeadLetter, type QueueChange } from './queue-change.ts'
import { FairOrder } from './queue-fair.ts'
import {
  asReceived,
  checkMessage,
  contentOf,
  deduplicationOf,
  demandWhole,
  invalid,
  type ReceivedMessage,
  type SentMessage,
  SqsFault,
  type StoredMessage,
  sequenceNumber,
} from './queue-message.ts'
import { FifoOrder, type Held, StandardOrder } from './queue-order.ts'
import { makeReceipt, ordinalIn } from './queue-receipt.ts'
import type { QueueChance, QueueOptions, QueueSettings } from './queue-settings.ts'
import { QueueStock } from './queue-stock.ts'

const inFlightMax = 120_000

export class QueueModel {
  #settings: QueueSettings
  readonly #chance: QueueChance
  readonly #shuffle: boolean
  readonly #stock: QueueStock

  constructor(settings: QueueSettings, chance: QueueChance, options: QueueOptions = {}) {
    this.#settings = settings
    this.#chance = chance
    this.#shuffle = options.shuffle ?? false
    const dice = this.#shuffle ? () => chance.dice() : undefined
    this.#stock = new QueueStock({
      newOrder: () => (settings.fifo ? new FifoOrder(dice) : dice === undefined ? new FairOrder() : new StandardOrder(dice)),
      keyOf: (message) => (settings.fifo ? this.#deduplicationKey(message) : undefined),
      changed: options.changed ?? (() => {}),
    })
  }

  get settings(): QueueSettings {
    return this.#settings
  }

  /** Changes everything but name and type. */
  configure(settings: QueueSettings, now: number): void {
    this.#advance(now)
    const { fifo, delaySeconds = 0 } = this.#settings
    this.#settings = settings
    // Delay queues: "For standard queues, the per-queue delay setting is not retroactive". "For FIFO queues, the per-queue delay
    // setting is retroactive—changing the setting affects the delay of messages already in the queue."
    if (!fifo || delaySeconds === (settings.delaySeconds ?? 0)) return
    for (const held of this.#stock.all()) {
      const until = held.message.sentAt + (settings.delaySeconds ?? 0) * 1000
      if (held.receipt === undefined) this.#stock.until(held, 'delayed', until)
    }
    this.#advance(now)
  }

  /**
   * Takes a message in.
   * @returns `duplicate`: it was accepted and will not be delivered; the ids are those of the first
   * @throws SqsFault
   */
  send(sent: SentMessage, now: number): { messageId: string; sequenceNumber?: string; duplicate: boolean } {
    this.#advance(now)
    const { fifo, contentBasedDeduplication = false, delaySeconds: delayDefault = 0, messageBytesMax } = this.#settings
    checkMessage(sent, fifo, messageBytesMax)
    const { delaySeconds: delayOwn, ...content } = sent
    const delay = fifo ? delayDefault : (delayOwn ?? delayDefault)
    const fresh: StoredMessage = {
      ...content,
      ...(fifo && { deduplication: deduplicationOf(sent, contentBasedDeduplication) }),
      ...(delay > 0 && { delayedUntil: now + delay * 1000 }),
      ordinal: this.#stock.next,
      id: this.#chance.newId(),
      sentAt: now,
      receives: 0,
    }
    const first = this.#stock.duplicated(fresh)
    if (first === undefined) this.#stock.store(fresh)
    const { id, ordinal } = first ?? fresh
    return { messageId: id, ...(fifo && { sequenceNumber: sequenceNumber(ordinal) }), duplicate: first !== undefined }
  }

  /**
   * Receives messages and hides them.
   * @param max 1 to 10; ReceiveMessage: "Amazon SQS never returns more messages than this value (however, fewer messages might be
   *   returned)."
   * @param visibilitySeconds 0 to 43,200; the queue's unless given
   * @throws SqsFault
   */
  receive(max: number, now: number, visibilitySeconds: number = this.#settings.visibilitySeconds): ReceivedMessage[] {
    demandWhole('MaxNumberOfMessages', max, 1, batchEntriesMax)
    demandWhole('VisibilityTimeout', visibilitySeconds, 0, visibilitySecondsMax)
    this.#advance(now)
    const room = this.#roomInFlight(max)
    const received: ReceivedMessage[] = []
    this.#stock.walk((held) => {
      if (received.length === room) return false
      if (this.#isSpent(held)) this.#giveUp(held, now)
      else received.push(this.#deliver(held, now, now + visibilitySeconds * 1000))
      return true
    })
    return received
  }

  /**
   * Deletes the message of a receipt.
   * @returns whether it is gone; also true if it was gone already. False: on a standard queue the request succeeds all the same,
   *   on a FIFO queue it fails. A receipt that is none of this queue's (see `knows`) deletes nothing
   */
  remove(receipt: string, now: number): boolean {
    this.#advance(now)
    const ordinal = this.#ordinalOf(receipt)
    if (ordinal === undefined) return false
    const held = this.#stock.get(ordinal)
    if (held === undefined) return true
    if (!this.#mayRemove(held, receipt)) return false
    this.#stock.remove(held)
    return true
  }

  /**
   * Sets when a message in flight shows again, counted from now.
   * @param seconds 0 to 43,200; ChangeMessageVisibility: "The minimum is 0 seconds. The maximum is 12 hours."
   * @throws SqsFault
   */
  changeVisibility(receipt: string, seconds: number, now: number): 'changed' | 'not-in-flight' | 'unknown-receipt' {
    demandWhole('VisibilityTimeout', seconds, 0, visibilitySecondsMax)
    this.#advance(now)
    const ordinal = this.#ordinalOf(receipt)
    if (ordinal === undefined) return 'unknown-receipt'
    const held = this.#stock.get(ordinal)
    if (held?.state !== 'inFlight' || held.receipt !== receipt) return 'not-in-flight'
    const until = now + seconds * 1000
    // "If you attempt to set the VisibilityTimeout to a value greater than the maximum time left, Amazon SQS returns an error.
    // Amazon SQS doesn't automatically recalculate and increase the timeout to the maximum remaining time."
    if (until > held.receivedAt + visibilitySecondsMax * 1000) {
      throw invalid(`Total VisibilityTimeout for the message is beyond the limit [${visibilitySecondsMax} seconds].`)
    }
    this.#stock.extend(held, until)
    this.#advance(now)
    return 'changed'
  }

  /** Whether a receipt was made by this queue, the message being there still or not. */
  knows(receipt: string): boolean {
    return this.#ordinalOf(receipt) !== undefined
  }

  /** PurgeQueue: "Deletes available messages in a queue (including in-flight messages)". */
  purge(now: number): void {
    this.#advance(now)
    this.#stock.purge()
  }

  counts(now: number): { visible: number; inFlight: number; delayed: number } {
    this.#advance(now)
    return { ...this.#stock.counts }
  }

  /** Enqueue timestamp of the oldest message. */
  oldestSentAt(now: number): number | undefined {
    this.#advance(now)
    return this.#stock.oldest
  }

  /** Whether a receive would find something; it may turn out to go to the dead-letter queue. */
  isReceivable(now: number): boolean {
    return this.#first(now) !== undefined && this.#stock.counts.inFlight < inFlightMax
  }

  /**
   * The earliest instant after `now` at which a message may become receivable without anybody doing anything. In a FIFO group
   * others may still be in flight then: ask again.
   */
  nextVisibleAt(now: number): number | undefined {
    this.#advance(now)
    const { due, oldest } = this.#stock
    // A message that expires in flight frees its group.
    return due === undefined || oldest === undefined ? due : Math.min(due, oldest + this.#settings.retentionSeconds * 1000)
  }

  /**
   * Moves the next receivable message to another queue, as one step of a StartMessageMoveTask.
   * Dead-letter queue redrive: "Dead-letter queues redrive messages in the order they are received, starting with the oldest
   * message." "The redrive task resets the retention period. All redriven messages are considered new messages with a new
   * messageID and enqueueTime": it is sent as any other message, so a FIFO target may drop it as a duplicate.
   * @param target from the queue that gave the message up, undefined if it was sent here directly
   * @throws SqsFault if the target refuses the message
   */
  moveOne(
    target: (deadLetterSource: string | undefined) => QueueModel | undefined,
    now: number,
  ): 'moved' | 'empty' | 'no-target' {
    const held = this.#first(now)
    if (held === undefined) return 'empty'
    const { message } = held
    const to = target(message.deadLetterSource)
    if (to === undefined) return 'no-target'
    // Stored there before it is removed here: a journal cut between the two holds it twice, never not at all.
    to.send(contentOf(message), now)
    this.#stock.remove(held)
    return 'moved'
  }

  /** Makes a recorded change again; nobody hears of it. */
  apply(change: QueueChange): void {
    this.#stock.apply(change)
  }

  /** The changes that make an empty queue into this one. */
  record(now: number): Iterable<QueueChange> {
    this.#advance(now)
    return this.#stock.record()
  }

  #ordinalOf(receipt: string): number | undefined {
    const ordinal = ordinalIn(this.#settings.name, receipt)
    return ordinal !== undefined && ordinal < this.#stock.next ? ordinal : undefined
  }

  #first(now: number): Held | undefined {
    this.#advance(now)
    let first: Held | undefined
    this.#stock.walk((held) => {
      first = held
      return false
    })
    return first
  }

  // What is due by now has happened.
  #advance(now: number): void {
    this.#stock.advance(now, this.#settings.retentionSeconds * 1000)
  }

  // ChangeMessageVisibility: "For most standard queues (depending on queue traffic and message backlog), there can be a maximum
  // of approximately 120,000 in flight messages". "If you reach this limit, Amazon SQS returns the OverLimit error message." "For
  // FIFO queues, there can be a maximum of 120,000 in flight messages". "If you reach this limit, Amazon SQS returns no error
  // messages."
  #roomInFlight(max: number): number {
    const room = Math.max(0, inFlightMax - this.#stock.counts.inFlight)
    if (room === 0 && !this.#settings.fifo) throw new SqsFault('OverLimit', 'Too many messages are in flight: delete some first.')
    return Math.min(room, max)
  }

  // CreateQueue, RedrivePolicy: "When the ReceiveCount for a message exceeds the maxReceiveCount for a queue, Amazon SQS moves
  // the message to the dead-letter-queue."
  #isSpent(held: Held): boolean {
    const { redrive } = this.#settings
    return redrive !== undefined && held.receivesHere >= redrive.maxReceiveCount
  }

  #giveUp(held: Held, now: number): void {
    const { fifo, name, redrive } = this.#settings
    if (redrive === undefined) return
    const { deadLetter } = redrive
    deadLetter.#stock.store(asDeadLetter(held, { source: name, fifo, ordinal: deadLetter.#stock.next, now }))
    this.#stock.remove(held)
  }

  // Message: "A new receipt handle is returned every time you receive a message."
  #deliver(held: Held, now: number, until: number): ReceivedMessage {
    const receipt = makeReceipt(this.#settings.name, held.message.ordinal, this.#chance.newId())
    held.receives += 1
    held.receivesHere += 1
    held.firstReceivedAt ??= now
    held.receivedAt = now
    held.receipt = receipt
    // ChangeMessageVisibility: "the visibility timeout for the message reverts to the original timeout value [...] the next time
    // the message is received."
    held.extended = false
    this.#stock.until(held, 'inFlight', until)
    return asReceived(
      held.message,
      { receipt, receiveCount: held.receives, firstReceivedAt: held.firstReceivedAt },
      this.#settings.fifo,
    )
  }

  // DeleteMessage: "you must use the ReceiptHandle from the most recent time you received the message. If you use an old
  // ReceiptHandle, the request will succeed, but the message might not be deleted." Of FIFO queues, ReceiveMessage: "if a
  // consumer whose message processing time is longer than the visibility timeout tries to delete the processed messages, the
  // action fails with an error."
  #mayRemove(held: Held, receipt: string): boolean {
    if (this.#settings.fifo) return held.receipt === receipt && held.state === 'inFlight'
    return held.receipt === receipt || (this.#shuffle && this.#chance.dice() < 0.5)
  }

  #deduplicationKey({ group, deduplication }: StoredMessage): string {
    return this.#settings.deduplicationPerGroup === true ? `${group} ${deduplication}` : `${deduplication}`
  }
}
