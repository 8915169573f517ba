// The books of a simulation, kept from outside the runtime: what was accepted on queues, what was committed to tables, what was kept as failed.
//
// It reads only what crosses the ports, and what `probe.ts` hides in each state. What contradicts an invariant at the moment it
// happens is a violation (I2, I3, I4, I6, I7); what must hold at the end is checked in `invariants.ts`.
import { digest } from '../core/digest.ts'
import { type Commit, type Effect, envelopeOf } from '../core/effect.ts'
import { type Arrival, type Carrier, decodeBundle, type Envelope } from '../core/envelope.ts'
import { describeError, Transient } from '../core/errors.ts'
import { address, parseAddress } from '../core/names.ts'
import { recordSk } from '../core/record.ts'
import { unpackSeen } from '../core/seen.ts'
import type { Entry } from '../ports/mailbox.ts'
import type { Item } from '../ports/store.ts'
import { type Content, contentOf, contentsOf } from './content.ts'
import { createFailures } from './failures.ts'
import { partIn } from './part.ts'
import { runsIn } from './probe.ts'
import type { TableModel } from './table.ts'

/** A message to one receiver, from its commit (or the client that sent it) to its end. */
export interface Message extends Content {
  /** Place among what the sender sent: version and index. */
  readonly place: readonly [number, number]
  /** How often a queue took it. */
  accepted: number
  /** Commits that hold it as handled. */
  applied: number
  /** A queue forgot it: its retention ended. */
  expired?: true
  /** SQS gave it up, and a person redrives it: others may have passed it by. */
  givenUp?: true
}

/** Effects, as the books know them. */
interface Undone {
  readonly sends: readonly Message[]
  readonly failures: readonly string[]
}
/** What the books know of one instance's record. */
interface Standing extends Undone {
  readonly version: number
  readonly nonce: string
}

export interface Ledger {
  /** A mailbox took an entry; one from `outside` needs no commit behind it. */
  readonly accepted: (process: string, entry: Entry, carrier: Carrier, outside: boolean) => void
  readonly deadLettered: (process: string, entry: Entry) => void
  /** A queue forgot a message. */
  readonly expired: (messageId: string) => void
  /** SQS moved a message to the dead-letter queue. */
  readonly givenUp: (messageId: string) => void
  readonly written: (process: string, put: Written, now: number) => void
  /** A handler begins: `key` is `<message id>><receiver>`. @returns the number of the run */
  readonly begin: (key: string) => number
  readonly isCommitted: (run: number) => boolean
  /** Keys of messages that the fault plan makes fail for good. */
  readonly poisoned: Set<string>
  /** An invocation threw. */
  readonly failedInvocation: (environment: string, thrown: unknown) => void
  readonly violation: (invariant: string, text: string) => void
  readonly violations: () => readonly string[]
  readonly messages: () => Iterable<Message>
  /** `code`: why an item of the table keeps it as failed, if one does; `copied`: whether the dead-letter queue has it too. */
  readonly kept: (message: Message) => { readonly code: string | undefined; readonly copied: boolean }
  /** Whether all that a queue message carries has been applied or kept. */
  readonly isSettled: (messageId: string) => boolean
  readonly commits: () => number
  /** Effects that no queue or table had taken when their record was replaced, or has taken at all; each as a sentence. */
  readonly undone: () => readonly string[]
}

/** An item that was written. */
export interface Written {
  readonly item: Item
  /** What stood there. */
  readonly before: Item | undefined
  readonly table: TableModel
  /** Runs of a commit that ended the instance: its record has no state that could hold them. */
  readonly ended: readonly number[]
}

export const keyOf = (id: string, receiver: string): string => `${id}>${receiver}`

const violationsMax = 20

/** @param isOrdered whether a process has an ordered mailbox */
export const createLedger = (isOrdered: (process: string) => boolean): Ledger => {
  const messages = new Map<string, Message>()
  const carried = new Map<string, readonly Message[]>()
  const bodies = new Map<string, string>()
  const records = new Map<string, Standing>()
  const newest = new Map<string, Message>()
  const runs: { readonly key: string; committed: boolean }[] = []
  const dropped: (Undone & { readonly at: string })[] = []
  const violations: string[] = []
  let commits = 0

  const violation = (invariant: string, text: string): void => {
    if (violations.length < violationsMax) violations.push(`${invariant}: ${text}`)
  }
  const failed = createFailures(violation)

  const expect = (message: Content): Message => {
    const key = keyOf(message.id, message.receiver)
    const known = messages.get(key)
    if (known !== undefined) return known
    const [, version = '0', index = '0'] = /\/(\d+)\/(\d+)$/.exec(message.id) ?? []
    const fresh = { ...message, place: [Number(version), Number(index)] as const, accepted: 0, applied: 0 }
    messages.set(key, fresh)
    return fresh
  }

  const accepted = (process: string, { body, deduplication }: Entry, carrier: Carrier, outside: boolean): void => {
    const place = keyOf(deduplication, process)
    const before = bodies.get(place) ?? body
    bodies.set(place, body)
    // A client that tries again under its key may carry a later time.
    if (before !== body && !outside) violation('I7', `${process} was sent another body under one id: ${body.slice(0, 300)}`)
    const committed = (arrival: Arrival): Message | readonly [] =>
      arrival.kind === 'malformed' ? [] : (messages.get(keyOf(arrival.envelope.id, address(process, arrival.envelope.to))) ?? [])
    const known = outside ? contentsOf(process, body, carrier).map(expect) : decodeBundle(body, carrier).flatMap(committed)
    for (const message of known) message.accepted += 1
    carried.set(carrier.messageId, known)
    const texts = known.map(({ text }) => text)
    const whole = texts.length === 1 ? texts[0] : `[${texts.join()}]`
    if (!outside && whole !== body) violation('I3', `no commit holds what was sent to ${process}: ${body.slice(0, 300)}`)
  }

  const written = (process: string, put: Written, now: number): void => {
    const { item, table, ended } = put
    if (/^failed\/[0-9a-f]+$/.test(item.sk))
      failed.stored(keyOf(String(item.attributes.id), address(process, item.pk)), String(item.attributes.code))
    if (item.sk !== recordSk) return
    const receiver = address(process, item.pk)
    const { version, nonce, at } = versionOf(item)
    if (replaces(put, receiver) === 'same') return
    commits += 1
    const effects = JSON.parse(partIn(table, item, 'effects', now) ?? '[]') as readonly Effect[]
    records.set(receiver, { version, nonce, ...left({ process, instance: item.pk, version, at }, effects) })
    const state = partIn(table, item, 'state', now)
    const committed = state === undefined ? ended.filter(isSeenIn(item)) : runsIn(state)
    demandCauses(effects, committed, receiver)
    for (const run of committed) apply(run, receiver)
  }

  // What a handler sends leaves with the commit of its message, or not at all.
  const demandCauses = (effects: readonly Effect[], committed: readonly number[], receiver: string): void => {
    const handled = new Set(committed.map((run) => runs[run]).flatMap((run) => (run?.committed === false ? [run.key] : [])))
    for (const effect of effects) {
      if (effect.kind === 'send' && !handled.has(keyOf(effect.cause, receiver)))
        violation('I3', `${receiver} sends on behalf of ${effect.cause}, which this commit does not handle`)
    }
  }

  // `same`: the version stands, and what was done is taken out of it.
  const replaces = ({ item, before: stood }: Written, receiver: string): 'same' | 'next' => {
    const before = records.get(receiver)
    if (before === undefined) return 'next'
    const { version, nonce } = versionOf(item)
    const undone = undoneIn(before)
    if (namesOf(undone).length > 0) dropped.push({ at: `${receiver} at ${version}`, ...undone })
    if (before.version === version && before.nonce === nonce) {
      records.set(receiver, { ...before, sends: [], failures: [] })
      const kept = stood?.attributes.state === item.attributes.state
      if (!kept) violation('I6', `${receiver} changed its state within version ${version}`)
      return 'same'
    }
    // An instance that begins again after its tombstone expired takes a later version than any before.
    const follows = stood === undefined ? version > before.version : version === before.version + 1
    if (!follows) violation('I6', `${receiver} went from version ${before.version} to ${version}`)
    return 'next'
  }

  // What ended the instance may have been lost since, and the instance may have been ended all the same: the ids that are seen tell.
  const isSeenIn = ({ attributes }: Item): ((run: number) => boolean) => {
    const packed = attributes.seen as Uint8Array | undefined
    const window = new Set(packed === undefined ? [] : unpackSeen(packed).map((seen) => seen.digest))
    return (run) => window.has(digest(messages.get(runs[run]?.key ?? '')?.id ?? ''))
  }

  const left = (commit: Commit, effects: readonly Effect[]): Pick<Standing, 'sends' | 'failures'> => {
    const sends: Message[] = []
    const failures: string[] = []
    effects.forEach((effect, index) => {
      if (effect.kind !== 'send' && effect.kind !== 'fail') return
      if (effect.kind === 'fail') {
        const key = keyOf(effect.failure.id, address(commit.process, commit.instance))
        failed.setAside(key, effect.failure)
        failures.push(key)
        return
      }
      const content = contentOf(effect.process, { kind: 'message', envelope: envelopeOf(commit, index, effect) })
      if (messages.has(keyOf(content.id, content.receiver))) violation('I6', `the message id ${content.id} is used twice`)
      sends.push(expect(content))
    })
    return { sends, failures }
  }

  const apply = (number: number, receiver: string): void => {
    const run = runs[number]
    if (run === undefined || run.committed) return
    run.committed = true
    const message = messages.get(run.key)
    if (message === undefined) return violation('I3', `${receiver} handled ${run.key}, which nobody sent`)
    message.applied += 1
    if (message.applied > 1) violation('I2', `${message.id} was applied ${message.applied} times to ${receiver}`)
    if (message.from === undefined || message.givenUp || !isOrdered(parseAddress(receiver)?.process ?? '')) return
    const lane = keyOf(message.from, receiver)
    const last = newest.get(lane)
    if (last !== undefined && isBefore(message, last))
      violation('I4', `${receiver} handled ${message.id} after ${last.id} of the same sender`)
    else newest.set(lane, message)
  }

  // A message that was returned until its effects are done, and then expired, leaves nobody who would do them.
  const recoverable = ({ sends, failures }: Undone): Undone => ({
    sends: sends.filter((message) => message.accepted > 0 || !isCauseExpired(message)),
    failures: failures.filter((key) => messages.get(key)?.expired !== true),
  })
  const isCauseExpired = ({ text, from = '' }: Message): boolean => {
    const { cause } = JSON.parse(text) as Envelope
    return messages.get(keyOf(cause ?? '', from))?.expired === true
  }

  const mark = (messageId: string, fate: 'expired' | 'givenUp'): void => {
    for (const message of carried.get(messageId) ?? []) {
      message[fate] = true
      // One that only the queue has named gets another name when it is redriven.
      if (fate === 'givenUp' && message.unnamed) message.accepted = 0
    }
  }

  const undoneIn = ({ sends, failures }: Undone): Undone => ({
    sends: sends.filter((message) => message.accepted === 0),
    failures: failures.filter((key) => failed.kept(key).code === undefined || !failed.kept(key).copied),
  })
  const namesOf = ({ sends, failures }: Undone): readonly string[] => [...sends.map(({ id }) => id), ...failures]

  const kept = ({ id, receiver }: Message) => failed.kept(keyOf(id, receiver))

  return {
    accepted,
    deadLettered: (process, { group, attributes, deduplication }) =>
      failed.copied(keyOf(attributes?.id ?? '', address(process, group)), keyOf(deduplication, process)),
    expired: (messageId) => mark(messageId, 'expired'),
    givenUp: (messageId) => mark(messageId, 'givenUp'),
    written,
    begin: (key) => runs.push({ key, committed: false }) - 1,
    poisoned: new Set(),
    isCommitted: (run) => runs[run]?.committed === true,
    failedInvocation: (environment, thrown) => {
      if (!(thrown instanceof Transient))
        violation('defect', `${environment} threw ${describeError(thrown).stack ?? String(thrown)}`)
    },
    violation,
    violations: () => violations,
    messages: () => messages.values(),
    kept,
    isSettled: (messageId) =>
      (carried.get(messageId) ?? []).every((message) => message.applied > 0 || kept(message).code !== undefined),
    commits: () => commits,
    undone: () => [
      ...[...records.values()].flatMap((standing) =>
        namesOf(undoneIn(recoverable(standing))).map((name) => `${name} is stranded`),
      ),
      // Only now all is known that had expired by then.
      ...dropped.flatMap(({ at, ...undone }) =>
        namesOf(recoverable(undone)).map((name) => `${at} dropped ${name}, which was not done`),
      ),
    ],
  }
}

const isBefore = ({ place: [a, n] }: Message, { place: [b, m] }: Message): boolean => a < b || (a === b && n < m)

const versionOf = ({ attributes }: Item) => ({
  version: attributes.version as number,
  nonce: attributes.nonce as string,
  at: attributes.at as number,
})
