// The book of messages: what queues, the scheduler and direct calls took, what each queue message carries, and what became of each.
import { type Arrival, type Carrier, decodeBundle, type Envelope } from '../core/envelope.ts'
import { address } from '../core/names.ts'
import { pingType, restartType, wakeType } from '../core/waits.ts'
import type { Entry } from '../ports/mailbox.ts'
import { type Content, contentOf, contentsOf } from './content.ts'
import { isForInstance, pingAnswered } from './monitors.ts'

/** A message to one receiver, from its commit (or the client that sent it) to its end. */
export interface Message extends Content {
  /** Place among what the sender sent: version and index. */
  readonly place: readonly [number, number]
  /** How often a queue took it, or the scheduler. */
  accepted: number
  /** Commits that hold it as handled, or as refused. */
  applied: number
  /** Address that waits for its answer, where it is a request of a process. */
  asker?: string
  /** A queue forgot it: its retention ended. */
  expired?: true
  /** SQS gave it up, and a person redrives it: others may have passed it by. */
  givenUp?: true
  /** It was set aside and is tried again: others have passed it by. */
  goneBy?: true
  /** It failed for good, and is tried again: what was listed of it is not any more. */
  redriven?: true
  /** An item of a stash keeps it, or has kept it. */
  stashed?: true
  /** An answer to a ping: no commit holds it. */
  beside?: true
  /** How often its queue refused it for good. */
  refused?: number
}

/** Names a message to one receiver. */
export const keyOf = (id: string, receiver: string): string => `${id}>${receiver}`

/** Notes a violated invariant. */
export type Violation = (invariant: string, text: string) => void

/** What a commit says of messages that leave no run. */
export interface TakenBy {
  readonly receiver: string
  /** Whether the record's window has an id. */
  readonly isSeen: (id: string) => boolean
  /** Set aside, or in the stash. */
  readonly aside: readonly (Message | undefined)[]
  readonly discarded: ReadonlySet<string>
  /** Taken out of the stash. */
  readonly gone: readonly (Message | undefined)[]
}

export interface MessageBook {
  /** By `<id>><receiver>`. */
  readonly at: (key: string) => Message | undefined
  readonly find: (id: string, receiver: string) => Message | undefined
  readonly all: () => Iterable<Message>
  /** What must be accepted from now on. */
  readonly expect: (content: Content) => Message
  /** A mailbox took an entry; one from `outside` needs no commit behind it. */
  readonly accepted: (process: string, entry: Entry, carrier: Carrier, outside: boolean) => void
  /** A queue refused these for good. */
  readonly refused: (contents: readonly Content[]) => void
  readonly carriedBy: (messageId: string) => readonly Message[]
  /** A queue forgot a message, or moved it to the dead-letter queue. */
  readonly mark: (messageId: string, fate: 'expired' | 'givenUp') => void
  /** A commit holds it. */
  readonly count: (message: Message) => void
  /**
   * What a restart in this commit has wiped the runs of: messages that came to the window with it. None if there is no restart in it.
   */
  readonly wipedBy: (receiver: string, isNew: (id: string) => boolean) => readonly Message[]
  /** Messages without a run that a commit has taken, by what it says of them. */
  readonly takeUnseen: (commit: TakenBy) => readonly Message[]
  /** Whether a wake was sent for this version of an instance, named by its id. */
  readonly isWoken: (id: string) => boolean
  /** Whether a queue forgot something that an instance was told. */
  readonly hasForgotten: (receiver: string) => boolean
  /** Whether the message on whose behalf it is sent was forgotten by a queue. */
  readonly isCauseExpired: (message: Message) => boolean
}

/** @param isReceived whether messages of a type are for the flows of a process: then no run tells of them, but the window of seen ids does */
export const createMessageBook = (isReceived: (process: string, type: string) => boolean, violation: Violation): MessageBook => {
  const messages = new Map<string, Message>()
  const carried = new Map<string, readonly Message[]>()
  const bodies = new Map<string, string>()
  /** Ids of wakes that were sent. */
  const wakes = new Set<string>()
  /** Messages without a run that are accepted and not yet seen, by receiver. */
  const unseen = new Map<string, Map<Message, 'new' | 'aside'>>()
  const forgotten = new Set<string>()
  /** Whom wakes are for, by the queue message that carries them. */
  const woken = new Map<string, string>()

  const find: MessageBook['find'] = (id, receiver) => messages.get(keyOf(id, receiver))

  const expect = (message: Content): Message => {
    const key = keyOf(message.id, message.receiver)
    const known = messages.get(key)
    if (known !== undefined) return known
    const [, version = '0', index = '0'] = /\/(\d+)\/(\d+)$/.exec(message.id) ?? []
    const fresh = { ...message, place: [Number(version), Number(index)] as const, accepted: 0, applied: 0 }
    messages.set(key, fresh)
    return fresh
  }

  const accepted: MessageBook['accepted'] = (process, { body, deduplication }, carrier, outside) => {
    const arrivals = decodeBundle(body, carrier)
    if (!outside && isWake(process, arrivals, carrier)) return void carried.set(carrier.messageId, [])
    if (!outside) notePongs(process, arrivals)
    const place = keyOf(deduplication, process)
    const before = bodies.get(place) ?? body
    bodies.set(place, body)
    // A client that tries again under its key may carry a later time.
    if (before !== body && !outside) violation('I7', `${process} was sent another body under one id: ${body.slice(0, 300)}`)
    const committed = (arrival: Arrival): Message | readonly [] =>
      arrival.kind === 'malformed' ? [] : (find(arrival.envelope.id, address(process, arrival.envelope.to)) ?? [])
    const known = outside ? contentsOf(process, body, carrier).map(expect) : arrivals.flatMap(committed)
    for (const message of known) accept(process, message)
    carried.set(carrier.messageId, known)
    const texts = known.map(({ text }) => text)
    const whole = texts.length === 1 ? texts[0] : `[${texts.join()}]`
    if (!outside && whole !== body) violation('I3', `no commit holds what was sent to ${process}: ${body.slice(0, 300)}`)
  }

  const accept = (process: string, message: Message): void => {
    message.accepted += 1
    // One that comes again may have been set aside.
    if (message.accepted > 1) return
    if (!isForInstance(message.type) && !isReceived(process, message.type)) return
    unseen.set(message.receiver, (unseen.get(message.receiver) ?? new Map<Message, 'new' | 'aside'>()).set(message, 'new'))
  }

  // A wake needs no commit behind it, and is made anew for the same version; but an instance sends it to itself.
  const isWake = (process: string, [arrival]: readonly Arrival[], { messageId }: Carrier): boolean => {
    if (arrival?.kind !== 'message' || arrival.envelope.type !== wakeType) return false
    const { id, to, from } = arrival.envelope
    const self = address(process, to)
    if (from !== self || !id.startsWith(`${self}/`)) violation('I3', `${from} sent a wake to ${self}: ${id}`)
    wakes.add(id)
    woken.set(messageId, self)
    return true
  }

  // Who is asked whether it is there says so without a commit.
  const notePongs = (process: string, arrivals: readonly Arrival[]): void => {
    for (const arrival of arrivals) {
      if (arrival.kind === 'malformed') continue
      const { envelope } = arrival
      const ping = find(pingAnswered(envelope) ?? '', envelope.from ?? '')
      if (ping?.type === pingType && ping.asker === address(process, envelope.to))
        expect(contentOf(process, arrival)).beside = true
    }
  }

  const count = (message: Message): void => {
    message.applied += 1
    if (message.applied > 1) violation('I2', `${message.id} was applied ${message.applied} times to ${message.receiver}`)
  }

  // Of messages that leave no run, the window tells that they were taken; of those that were stashed or set aside, that they left the stash.
  const takeUnseen: MessageBook['takeUnseen'] = ({ receiver, isSeen, aside, discarded, gone }) => {
    const waiting = unseen.get(receiver)
    if (waiting === undefined || waiting.size === 0) return []
    const taken: Message[] = []
    for (const [message, fate] of waiting) {
      const isTaken = gone.includes(message) || (fate === 'new' && isSeen(message.id))
      if (message.applied > 0 || discarded.has(message.id)) waiting.delete(message)
      else if (aside.includes(message)) waiting.set(message, 'aside')
      else if (isTaken) taken.push(message)
    }
    for (const message of taken) {
      waiting.delete(message)
      count(message)
    }
    return taken
  }

  return {
    at: (key) => messages.get(key),
    find,
    all: () => messages.values(),
    expect,
    accepted,
    refused: (contents) => {
      for (const { id, receiver } of contents) {
        const message = find(id, receiver)
        if (message !== undefined) message.refused = (message.refused ?? 0) + 1
      }
    },
    carriedBy: (messageId) => carried.get(messageId) ?? [],
    mark: (messageId, fate) => {
      const receiver = woken.get(messageId)
      if (fate === 'expired' && receiver !== undefined) forgotten.add(receiver)
      for (const message of carried.get(messageId) ?? []) {
        message[fate] = true
        if (fate === 'expired') forgotten.add(message.receiver)
        // One that only the queue has named gets another name when it is redriven.
        if (fate === 'givenUp' && message.unnamed) message.accepted = 0
      }
    },
    count,
    takeUnseen,
    wipedBy: (receiver, isNew) => {
      const waiting = [...(unseen.get(receiver)?.keys() ?? [])]
      if (!waiting.some(({ type, id }) => type === restartType && isNew(id))) return []
      return [...messages.values()].filter((one) => one.receiver === receiver && one.applied === 0 && isNew(one.id))
    },
    isWoken: (id) => wakes.has(id),
    hasForgotten: (receiver) => forgotten.has(receiver),
    isCauseExpired: ({ text, from = '' }) => {
      const { cause } = JSON.parse(text) as Envelope
      return find(cause ?? '', from)?.expired === true
    },
  }
}
