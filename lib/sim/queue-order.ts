// Which message a queue hands out next: of a FIFO queue, and of a standard one at its worst. Every step is O(log n) or better.
import { Heap, type HeapNode } from './queue-heap.ts'
import type { StoredMessage } from './queue-message.ts'

export type MessageState = 'delayed' | 'visible' | 'inFlight'

/** A message in a queue: as it was stored, and what has become of it since. */
export interface Held {
  readonly message: StoredMessage
  state: MessageState
  receives: number
  /** Receives in this queue alone: a dead-letter queue counts anew. */
  receivesHere: number
  firstReceivedAt: number | undefined
  receivedAt: number
  /** The newest receipt; undefined before the first receive. */
  receipt: string | undefined
  /** The visibility was changed after the receive. */
  extended: boolean
  /** Fires when a delay or a visibility timeout ends. */
  timer: HeapNode<Held> | undefined
  age: HeapNode<Held> | undefined
}

export interface QueueOrder {
  /** What changes from here on changes at this instant. */
  advance?(now: number): void
  add(held: Held): void
  /** `held.state` was `was` before. */
  changed(held: Held, was: MessageState): void
  drop(held: Held): void
  /** Shows what is receivable, in order, until `visit` returns false; `visit` receives or drops what it is shown. */
  walk(visit: (held: Held) => boolean): void
}

/**
 * Standard queues at their worst. SQS developer guide, Standard queues: "Best-effort ordering. Occasionally, messages are delivered in an
 * order different from which they were sent." API reference, SendMessage, on group ids of a standard queue: "Unlike FIFO queues,
 * messages with the same MessageGroupId can be processed in parallel": groups do not matter here.
 * @param dice decide the order
 */
export class StandardOrder implements QueueOrder {
  readonly #ready = new Heap<Held>()
  readonly #nodes = new Map<Held, HeapNode<Held>>()
  readonly #dice: () => number

  constructor(dice: () => number) {
    this.#dice = dice
  }

  add(held: Held): void {
    if (held.state === 'visible') this.#nodes.set(held, this.#ready.push(this.#dice(), held))
  }

  changed(held: Held): void {
    this.drop(held)
    this.add(held)
  }

  drop(held: Held): void {
    const node = this.#nodes.get(held)
    if (node === undefined) return
    this.#ready.remove(node)
    this.#nodes.delete(held)
  }

  walk(visit: (held: Held) => boolean): void {
    for (let next = this.#ready.least; next !== undefined && visit(next.item); ) next = this.#ready.least
  }
}

interface Link {
  readonly held: Held
  readonly group: Group
  before: Link | undefined
  after: Link | undefined
}

/** All messages of one group in the order sent; those in flight keep their place. */
interface Group {
  readonly name: string
  first: Link | undefined
  last: Link | undefined
  inFlight: number
  ready: HeapNode<Group> | undefined
}

/**
 * FIFO queues. SQS developer guide, FIFO delivery logic: "For each message group ID, all messages are sent and received in strict
 * order. However, messages with different message group ID values might be sent and received out of order."
 * "When you receive a message with a message group ID, no more messages for the same message group ID are returned unless you
 * delete the message or it becomes visible": a group is ready while none of its messages is in flight and its oldest is visible.
 * @param dice if given, the order of the groups is arbitrary; else it is by the age of their oldest messages
 */
export class FifoOrder implements QueueOrder {
  readonly #groups = new Map<string, Group>()
  readonly #links = new Map<Held, Link>()
  readonly #ready = new Heap<Group>()
  readonly #dice: (() => number) | undefined

  constructor(dice: (() => number) | undefined) {
    this.#dice = dice
  }

  add(held: Held): void {
    const group = this.#group(held.message.group ?? '')
    const link: Link = { held, group, before: group.last, after: undefined }
    if (group.last === undefined) group.first = link
    else group.last.after = link
    group.last = link
    this.#links.set(held, link)
    this.#settle(group)
  }

  changed(held: Held, was: MessageState): void {
    const { group } = this.#links.get(held) as Link
    if (was === 'inFlight') group.inFlight -= 1
    if (held.state === 'inFlight') group.inFlight += 1
    this.#settle(group)
  }

  drop(held: Held): void {
    const { group, before, after } = this.#links.get(held) as Link
    this.#links.delete(held)
    if (before === undefined) group.first = after
    else before.after = after
    if (after === undefined) group.last = before
    else after.before = before
    if (held.state === 'inFlight') group.inFlight -= 1
    this.#settle(group)
  }

  // FIFO delivery logic: "Amazon SQS first attempts to return as many messages with the same message group ID as possible." "if
  // there are fewer than 10 messages available with the same message group ID, you might receive messages from another message
  // group ID, in the same batch of 10 messages, but still in FIFO order."
  walk(visit: (held: Held) => boolean): void {
    for (let group = this.#ready.least?.item; group !== undefined; group = this.#ready.least?.item) {
      for (let link = group.first; link?.held.state === 'visible'; ) {
        const { after } = link
        if (!visit(link.held)) return
        link = after
      }
    }
  }

  #group(name: string): Group {
    const known = this.#groups.get(name)
    if (known !== undefined) return known
    const group: Group = { name, first: undefined, last: undefined, inFlight: 0, ready: undefined }
    this.#groups.set(name, group)
    return group
  }

  #settle(group: Group): void {
    const { first, ready } = group
    if (first === undefined) this.#groups.delete(group.name)
    const key = group.inFlight === 0 && first?.held.state === 'visible' ? first.held.message.ordinal : undefined
    if (ready !== undefined && (key === undefined || (this.#dice === undefined && ready.key !== key))) {
      this.#ready.remove(ready)
      group.ready = undefined
    }
    if (key !== undefined && group.ready === undefined) group.ready = this.#ready.push(this.#dice?.() ?? key, group)
  }
}
