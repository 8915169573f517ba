// The queues of the local SQS by name, each a model, kept in a journal; and waiting for one to have messages.
import type { Clock } from '../ports/host.ts'
import { QueueModel } from '../sim/queue.ts'
import type { QueueChange } from '../sim/queue-change.ts'
import { invalid, SqsFault } from '../sim/queue-message.ts'
import type { QueueChance } from '../sim/queue-settings.ts'
import { FileJournal, type Journal, noJournal } from './journal.ts'
import { merged, type QueueAttributes, redriveOf, settingsOf } from './sqs-attributes.ts'

interface QueueEntry {
  readonly kind: 'queue'
  readonly name: string
  readonly attributes: QueueAttributes
  readonly tags: Readonly<Record<string, string>>
  /** Ms since 1970. */
  readonly createdAt: number
  readonly modifiedAt: number
}

/** One line of the journal. */
export type JournalEntry =
  | QueueEntry
  | { readonly kind: 'deleted'; readonly name: string }
  | { readonly kind: 'change'; readonly queue: string; readonly change: QueueChange }

/** One queue: what was said of it, and its messages. */
export interface LocalQueue {
  entry: QueueEntry
  readonly model: QueueModel
  /** Called when something has changed that may let messages be received. */
  readonly waiting: Set<() => void>
}

/** How long a wait sleeps at most before it looks again. */
const napMsMax = 60_000

export class SqsQueues {
  readonly #clock: Clock
  readonly #chance: QueueChance
  readonly #queues = new Map<string, LocalQueue>()
  readonly #journal: Journal<JournalEntry>
  #closed = false

  /**
   * @param folder where the journal is; without, nothing outlives the process
   * @throws Misconfigured if the journal is damaged
   */
  constructor(clock: Clock, chance: QueueChance, folder: string | undefined) {
    this.#clock = clock
    this.#chance = chance
    this.#journal =
      folder === undefined
        ? noJournal
        : FileJournal.open<JournalEntry>(folder, {
            name: 'sqs',
            apply: (entry) => this.#apply(entry),
            present: () => this.#present(),
          })
  }

  /** In the order of their names. */
  all(): readonly LocalQueue[] {
    return [...this.#queues.values()].sort((one, other) => (one.entry.name < other.entry.name ? -1 : 1))
  }

  find(name: string): LocalQueue | undefined {
    return this.#queues.get(name)
  }

  /** @throws SqsFault QueueDoesNotExist */
  get(name: string): LocalQueue {
    if (this.#closed) throw new SqsFault('ServiceUnavailable', 'The queues are closed.')
    const queue = this.#queues.get(name)
    if (queue === undefined) throw new SqsFault('QueueDoesNotExist', 'The specified queue does not exist.')
    return queue
  }

  /** The queues that give messages up to this one. */
  sourcesOf(name: string): readonly LocalQueue[] {
    return this.all().filter(({ entry }) => redriveOf(entry.attributes.RedrivePolicy ?? '')?.deadLetter === name)
  }

  /** @param attributes all of them, checked */
  create(name: string, attributes: QueueAttributes, tags: Readonly<Record<string, string>>): LocalQueue {
    const now = this.#clock.now()
    this.#keep({ kind: 'queue', name, attributes: this.#linkable(name, attributes), tags, createdAt: now, modifiedAt: now })
    return this.get(name)
  }

  change(queue: LocalQueue, attributes: QueueAttributes): void {
    const { entry } = queue
    const all = this.#linkable(entry.name, merged(entry.attributes, attributes))
    this.#keep({ ...entry, attributes: all, modifiedAt: this.#clock.now() })
  }

  tag(queue: LocalQueue, tags: Readonly<Record<string, string>>): void {
    this.#keep({ ...queue.entry, tags })
  }

  delete(queue: LocalQueue): void {
    this.#keep({ kind: 'deleted', name: queue.entry.name })
    wake(queue)
  }

  /** Resolves when all changes so far outlive the process. */
  settled(): Promise<void> {
    return this.#journal.settled()
  }

  /** Resolves when the queue has a message to receive or is deleted, when aborted, at `untilMs` (ms since 1970) at the latest. */
  async waitForMessages(name: string, untilMs: number, signal?: AbortSignal): Promise<void> {
    const queue = this.get(name)
    const isOver = (): boolean => this.#closed || signal?.aborted === true || this.#queues.get(name) !== queue
    for (let now = this.#clock.now(); now < untilMs && !isOver(); now = this.#clock.now()) {
      if (queue.model.isReceivable(now)) return
      await this.#nap(queue, Math.min(untilMs, queue.model.nextVisibleAt(now) ?? untilMs, now + napMsMax) - now, signal)
    }
  }

  close(): void {
    this.#closed = true
    this.#journal.close()
    for (const queue of this.#queues.values()) wake(queue)
  }

  async #nap(queue: LocalQueue, ms: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise: woken, resolve } = Promise.withResolvers<void>()
    const timer = this.#clock.after(ms)
    const over = (): void => resolve()
    queue.waiting.add(over)
    signal?.addEventListener('abort', over)
    await Promise.race([timer.elapsed, woken])
    timer.cancel()
    queue.waiting.delete(over)
    signal?.removeEventListener('abort', over)
  }

  #linkable(name: string, attributes: QueueAttributes): QueueAttributes {
    const redrive = redriveOf(attributes.RedrivePolicy ?? '')
    if (redrive === undefined) return attributes
    const deadLetter = this.find(redrive.deadLetter)
    const refusal = (reason: string): SqsFault =>
      invalid(`Value ${attributes.RedrivePolicy} for parameter RedrivePolicy is invalid. Reason: ${reason}`)
    if (deadLetter === undefined || redrive.deadLetter === name) throw refusal('Dead letter target does not exist.')
    // Dead-letter queues: "The dead-letter queue of a FIFO queue must also be a FIFO queue. Similarly, the dead-letter queue of a
    // standard queue must also be a standard queue."
    if (deadLetter.model.settings.fifo === (attributes.FifoQueue === 'true')) return attributes
    throw refusal('Dead-letter queue must be same type of queue as the source.')
  }

  #keep(entry: JournalEntry): void {
    this.#journal.append(entry)
    this.#apply(entry)
  }

  #apply(entry: JournalEntry): void {
    switch (entry.kind) {
      case 'queue':
        this.#setUp(entry)
        return
      case 'deleted':
        this.#queues.delete(entry.name)
        this.#link(this.#clock.now())
        return
      case 'change':
        this.#queues.get(entry.queue)?.model.apply(entry.change)
    }
  }

  #setUp(entry: QueueEntry): void {
    const { name, attributes } = entry
    const known = this.#queues.get(name)
    if (known === undefined) {
      const model: QueueModel = new QueueModel(
        settingsOf(name, attributes, () => undefined),
        this.#chance,
        { changed: (change) => this.#told(name, model, change) },
      )
      this.#queues.set(name, { entry, model, waiting: new Set() })
    } else known.entry = entry
    this.#link(entry.modifiedAt)
  }

  // A dead-letter queue may come after the queues that name it, and go before them.
  #link(at: number): void {
    const find = (name: string): QueueModel | undefined => this.#queues.get(name)?.model
    for (const { entry, model } of this.#queues.values()) model.configure(settingsOf(entry.name, entry.attributes, find), at)
  }

  #told(name: string, model: QueueModel, change: QueueChange): void {
    const queue = this.#queues.get(name)
    // A queue that was deleted may still be at work; its name may be another's by now.
    if (queue?.model !== model) return
    this.#journal.append({ kind: 'change', queue: name, change })
    wake(queue)
  }

  *#present(): Generator<JournalEntry> {
    const now = this.#clock.now()
    for (const { entry } of this.#queues.values()) yield entry
    for (const { entry, model } of this.#queues.values()) {
      for (const change of model.record(now)) yield { kind: 'change', queue: entry.name, change }
    }
  }
}

const wake = ({ waiting }: LocalQueue): void => {
  for (const over of waiting) over()
}
