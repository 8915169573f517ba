// The books of a simulation, kept from outside the runtime: what was accepted on queues, what was committed to tables, what was kept as failed.
//
// It reads only what crosses the ports, and what `probe.ts` hides in each state. What contradicts an invariant at the moment it
// happens is a violation (I2, I3, I4, I6, I7); what must hold at the end is checked in `invariants.ts`. Each subject has a book of its own
// (messages, runs, effects, answers, failures, stashes); here each commit is entered in all of them.
import type { Answer } from '../core/call.ts'
import type { Carrier, Envelope } from '../core/envelope.ts'
import { Conflict, describeError, Transient } from '../core/errors.ts'
import type { Held } from '../core/held.ts'
import { address } from '../core/names.ts'
import { recordSk } from '../core/record.ts'
import { isRow } from '../core/row.ts'
import type { Schema } from '../core/schema.ts'
import { noWaits, type Waits } from '../core/waits.ts'
import type { Entry } from '../ports/mailbox.ts'
import { createAnswerBook } from './answer-book.ts'
import { createCommitBook, type Written } from './commit-book.ts'
import { contentsOf } from './content.ts'
import { createEffectBook } from './effect-book.ts'
import { createFailures, type Kept } from './failures.ts'
import { goingOn } from './flows.ts'
import { createMessageBook, keyOf, type Message } from './message-book.ts'
import { createRowBook, type RowDeed, type RowsHeld } from './row-book.ts'
import { createRunBook } from './run-book.ts'
import { createStashes, type Stashed } from './stashes.ts'
import { isWaitedFor, mayBeLate } from './waits.ts'

export interface Ledger {
  /** A mailbox took an entry; one from `outside` needs no commit behind it. */
  readonly accepted: (process: string, entry: Entry, carrier: Carrier, outside: boolean) => void
  /** The scheduler took a timer. */
  readonly scheduled: (process: string, id: string, body: string) => void
  /** A direct call reaches an environment. @returns what takes its answer, and when it came */
  readonly asked: (process: string, request: Envelope) => (answer: Answer, now: number) => void
  readonly deadLettered: (process: string, entry: Entry) => void
  /** What is sent to a process is refused for good. */
  readonly refused: (process: string, body: string) => void
  /** What the record of each instance holds that no queue would take, by address. */
  readonly held: () => Iterable<readonly [receiver: string, held: readonly Held[]]>
  /** A queue forgot a message. */
  readonly expired: (messageId: string) => void
  /** SQS moved a message to the dead-letter queue. */
  readonly givenUp: (messageId: string) => void
  readonly written: (process: string, put: Written, now: number) => void
  /** A handler begins, or a flow: `key` is `<message id>><receiver>`. @returns the number of the run */
  readonly begin: (key: string, what?: 'flow') => number
  readonly isCommitted: (run: number) => boolean
  /** What a run did with rows. */
  readonly did: (run: number, deed: RowDeed) => void
  /** What the commits of each instance have made of its rows, by address. */
  readonly rows: () => Iterable<readonly [receiver: string, rows: RowsHeld]>
  /** A step of a flow is done: `key` is `<message id>><receiver>/<operation>`. */
  readonly does: (key: string) => void
  /** Whether the message of this key is a direct call. */
  readonly isDirect: (key: string) => boolean
  readonly isTimer: (key: string) => boolean
  /** Keys of messages that the fault plan makes fail for good. */
  readonly poisoned: Set<string>
  /** How often the fault plan made a step of a flow fail, by its key. */
  readonly spoiled: Map<string, number>
  /** An invocation threw. */
  readonly failedInvocation: (environment: string, thrown: unknown) => void
  readonly violation: (invariant: string, text: string) => void
  readonly violations: () => readonly string[]
  readonly messages: () => Iterable<Message>
  /** An item was removed. */
  readonly removed: (process: string, instance: string, sk: string) => void
  readonly kept: (message: Pick<Message, 'id' | 'receiver'>) => Kept
  /** What the record of each instance says of its stash, by address, and the messages in it. */
  readonly stashes: () => Iterable<readonly [receiver: string, stash: Stashed, messages: readonly (Message | undefined)[]]>
  /** Whether a queue forgot something that an instance was told. */
  readonly hasForgotten: (receiver: string) => boolean
  /** Whether all that a queue message carries has been applied, kept or stashed, or comes too late to be waited for. */
  readonly isSettled: (messageId: string) => boolean
  /** What the records of all instances list, by address. */
  readonly waits: () => Iterable<readonly [receiver: string, waits: Waits]>
  /** Whether nobody is left who would do what this message's commit has left undone. */
  readonly isLost: (id: string, receiver: string) => boolean
  readonly commits: () => number
  /** Effects that no queue or table had taken when their record was replaced, or has taken at all; each as a sentence. */
  readonly undone: () => readonly string[]
  /** Flows that have steps to do, and nobody to do them; each as a sentence. */
  readonly stranded: () => readonly string[]
}

const violationsMax = 20

/**
 * @param isOrdered whether a process has an ordered mailbox
 * @param isReceived whether messages of a type are for its flows: then no run tells of them, but the window of seen ids does
 * @param rowsOf the schema of a process's rows
 */
export const createLedger = (
  isOrdered: (process: string) => boolean,
  isReceived: (process: string, type: string) => boolean = () => false,
  rowsOf: (process: string) => Schema | undefined = () => undefined,
): Ledger => {
  const violations: string[] = []
  const violation = (invariant: string, text: string): void => {
    if (violations.length < violationsMax) violations.push(`${invariant}: ${text}`)
  }
  const messages = createMessageBook(isReceived, violation)
  const failed = createFailures(violation)
  const stashes = createStashes<Message>(violation)
  const runs = createRunBook(messages, isOrdered, violation)
  const rows = createRowBook(rowsOf, violation)
  const answers = createAnswerBook(messages, violation)
  const effects = createEffectBook({ messages, failed, stashed: stashes.stored, violation })
  const commits = createCommitBook({ messages, runs, rows, answers, effects, stashes, violation })
  const kept: Ledger['kept'] = ({ id, receiver }) => failed.kept(keyOf(id, receiver))

  return {
    accepted: messages.accepted,
    scheduled: (process, id, body) => {
      const { to } = JSON.parse(body) as Envelope
      const carrier = { messageId: `schedule ${id}`, sentAt: 0 }
      messages.accepted(process, { id: '0', body, group: to, deduplication: id }, carrier, false)
    },
    asked: answers.asked,
    deadLettered: (process, { group, attributes, deduplication }) =>
      failed.copied(keyOf(attributes?.id ?? '', address(process, group)), keyOf(deduplication, process)),
    refused: (process, body) => messages.refused(contentsOf(process, body, { messageId: '', sentAt: 0 })),
    *held() {
      for (const [receiver, { held }] of commits.all()) yield [receiver, held]
    },
    expired: (messageId) => messages.mark(messageId, 'expired'),
    givenUp: (messageId) => messages.mark(messageId, 'givenUp'),
    written: (process, put, now) => {
      const { item } = put
      if (item.sk === recordSk) commits.written(process, put, now)
      else effects.stored(address(process, item.pk), item)
      if (isRow(item)) rows.stored(address(process, item.pk), item, put.before)
    },
    begin: runs.begin,
    removed: (process, instance, sk) => {
      if (isRow({ sk })) violation('I6', `${process}/${instance} removes ${sk}, and leaves no tombstone`)
      const [, number] = /^stash\/([0-9]+)$/.exec(sk) ?? []
      const receiver = address(process, instance)
      if (number !== undefined && Number(number) >= (commits.of(receiver)?.stash.first ?? 0))
        violation('I1', `${receiver} removes message ${Number(number)} of its stash, and no commit has taken it`)
    },
    poisoned: new Set(),
    spoiled: new Map(),
    isDirect: (key) => messages.at(key)?.kind === 'direct',
    isTimer: (key) => messages.at(key)?.kind === 'timer',
    does: (key) => {
      if (!commits.hasStep(key)) violation('I3', `the step ${key} is done before the commit that comes to it`)
    },
    isCommitted: runs.isCommitted,
    did: rows.did,
    rows: rows.all,
    failedInvocation: (environment, thrown) => {
      if (!(thrown instanceof Transient || thrown instanceof Conflict))
        violation('defect', `${environment} threw ${describeError(thrown).stack ?? String(thrown)}`)
    },
    violation,
    violations: () => violations,
    messages: messages.all,
    kept,
    isSettled: (messageId) =>
      messages
        .carriedBy(messageId)
        .every(
          (message) =>
            message.applied > 0 ||
            kept(message).ever ||
            message.stashed === true ||
            (mayBeLate(message) && !isWaitedFor(commits.of(message.receiver)?.waits ?? noWaits, message)),
        ),
    *waits() {
      for (const [receiver, { waits }] of commits.all()) yield [receiver, waits]
    },
    *stashes() {
      for (const [receiver, { stash }] of commits.all())
        yield [receiver, stash, stashes.between(receiver, stash.first, stash.next)]
    },
    hasForgotten: messages.hasForgotten,
    isLost: (id, receiver) => {
      const message = messages.find(id, receiver)
      return message !== undefined && message.accepted === 0 && messages.isCauseExpired(message)
    },
    commits: commits.count,
    stranded: () => {
      const expired = new Set([...messages.all()].flatMap((message) => (message.expired ? [message.receiver] : [])))
      return [...commits.all()].flatMap(([receiver, { flows, stash }]) =>
        stash.parked !== undefined || stash.still === true || expired.has(receiver)
          ? []
          : goingOn(flows).map(({ start }) => `${receiver} has steps to do for its flow of ${start.id}, and nobody does them`),
      )
    },
    undone: () => effects.undone([...commits.all()].map(([, standing]) => standing)),
  }
}
