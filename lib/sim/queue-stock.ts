// What one queue holds: its messages with the state of each, found by number, by what is due next and by age; and what it
// remembers of others.
import { changesOf, type Hidden, hiddenOf, type QueueChange } from './queue-change.ts'
import { Heap } from './queue-heap.ts'
import type { StoredMessage } from './queue-message.ts'
import type { Held, MessageState, QueueOrder } from './queue-order.ts'
import { DeduplicationWindow, type Remembered } from './queue-window.ts'

export interface StockOptions {
  readonly newOrder: () => QueueOrder
  /** What a message is told from its duplicates by; undefined if nothing does. */
  readonly keyOf: (message: StoredMessage) => string | undefined
  /** Hears of every change that must outlive the process. */
  readonly changed: (change: QueueChange) => void
}

export class QueueStock {
  readonly #options: StockOptions
  readonly #window = new DeduplicationWindow()
  #order: QueueOrder
  #held = new Map<number, Held>()
  #timers = new Heap<Held>()
  #ages = new Heap<Held>()
  #counts = { visible: 0, inFlight: 0, delayed: 0 }
  #next = 1

  constructor(options: StockOptions) {
    this.#options = options
    this.#order = options.newOrder()
  }

  get counts(): Readonly<Record<MessageState, number>> {
    return this.#counts
  }

  /** The number of the message that comes next. */
  get next(): number {
    return this.#next
  }

  /** Enqueue timestamp of the oldest message. */
  get oldest(): number | undefined {
    return this.#ages.least?.key
  }

  /** When the next delay or visibility timeout ends. */
  get due(): number | undefined {
    return this.#timers.least?.key
  }

  get(ordinal: number): Held | undefined {
    return this.#held.get(ordinal)
  }

  /** In the order in which they came. */
  all(): Iterable<Held> {
    return this.#held.values()
  }

  walk(visit: (held: Held) => boolean): void {
    this.#order.walk(visit)
  }

  /** The message that this one is a duplicate of. */
  duplicated(message: StoredMessage): Remembered | undefined {
    const key = this.#options.keyOf(message)
    return key === undefined ? undefined : this.#window.find(key)
  }

  advance(now: number, retentionMs: number): void {
    for (let next = this.#timers.least; next !== undefined && next.key <= now; next = this.#timers.least) {
      this.#timers.remove(next)
      this.#order.advance?.(next.key)
      next.item.timer = undefined
      this.#become(next.item, 'visible')
    }
    this.#order.advance?.(now)
    // DeleteMessage: "Amazon SQS automatically deletes messages left in a queue longer than the retention period configured for
    // the queue": in flight or behind a blocked group as well.
    for (let old = this.#ages.least; old !== undefined && old.key + retentionMs <= now; old = this.#ages.least) {
      this.#drop(old.item)
    }
    this.#window.advance(now)
  }

  store(message: StoredMessage): void {
    this.#hold(message)
    this.#options.changed({ kind: 'stored', message })
  }

  remove(held: Held): void {
    this.#drop(held)
    this.#options.changed({ kind: 'removed', ordinal: held.message.ordinal })
  }

  /** Keeps a message from being received until an instant. */
  until(held: Held, state: 'delayed' | 'inFlight', instant: number): void {
    if (held.timer !== undefined) this.#timers.remove(held.timer)
    held.timer = this.#timers.push(instant, held)
    this.#become(held, state)
  }

  /** Sets anew how long a message stays in flight. */
  extend(held: Held, instant: number): void {
    held.extended = true
    this.until(held, 'inFlight', instant)
    this.#options.changed(hiddenOf(held))
  }

  purge(): void {
    this.#clear()
    this.#options.changed({ kind: 'purged' })
  }

  /** Makes a recorded change again; nobody hears of it. */
  apply(change: QueueChange): void {
    switch (change.kind) {
      case 'stored':
        this.#hold(change.message)
        return
      case 'removed': {
        const held = this.#held.get(change.ordinal)
        if (held !== undefined) this.#drop(held)
        return
      }
      case 'hidden':
        this.#hide(change)
        return
      case 'purged':
        this.#clear()
        return
      case 'remembered':
        this.#window.remember(change.first)
        return
      case 'counted':
        this.#next = Math.max(this.#next, change.next)
    }
  }

  /** The changes that make an empty stock into this one. */
  *record(): Generator<QueueChange> {
    for (const first of this.#window.all()) yield { kind: 'remembered', first }
    for (const held of this.#held.values()) yield* changesOf(held)
    yield { kind: 'counted', next: this.#next }
  }

  #hold(message: StoredMessage): void {
    const { id, ordinal, delayedUntil, receives, firstReceivedAt, deadLetterSource, sentAt } = message
    const state = delayedUntil === undefined ? 'visible' : 'delayed'
    const held: Held = {
      message,
      state,
      receives,
      receivesHere: deadLetterSource === undefined ? receives : 0,
      firstReceivedAt,
      receivedAt: 0,
      receipt: undefined,
      extended: false,
      timer: undefined,
      age: undefined,
    }
    if (delayedUntil !== undefined) held.timer = this.#timers.push(delayedUntil, held)
    held.age = this.#ages.push(sentAt, held)
    this.#held.set(ordinal, held)
    this.#counts[state] += 1
    this.#order.add(held)
    this.#next = Math.max(this.#next, ordinal + 1)
    const key = this.#options.keyOf(message)
    if (key !== undefined) this.#window.remember({ key, id, ordinal, at: sentAt })
  }

  #hide({ ordinal, until, receipt, receivedAt, receives }: Hidden): void {
    const held = this.#held.get(ordinal)
    if (held === undefined) return
    held.receives = receives
    held.receivesHere = Math.max(held.receivesHere, 1)
    held.firstReceivedAt ??= receivedAt
    Object.assign(held, { receipt, receivedAt, extended: true })
    this.until(held, 'inFlight', until)
  }

  #drop(held: Held): void {
    if (held.timer !== undefined) this.#timers.remove(held.timer)
    if (held.age !== undefined) this.#ages.remove(held.age)
    this.#order.drop(held)
    this.#held.delete(held.message.ordinal)
    this.#counts[held.state] -= 1
  }

  #clear(): void {
    this.#order = this.#options.newOrder()
    this.#held = new Map()
    this.#timers = new Heap()
    this.#ages = new Heap()
    this.#counts = { visible: 0, inFlight: 0, delayed: 0 }
  }

  #become(held: Held, state: MessageState): void {
    const was = held.state
    if (was === state) return
    held.state = state
    this.#counts[was] -= 1
    this.#counts[state] += 1
    this.#order.changed(held, was)
  }
}
