// What records list, judged from outside: which timers and answers a commit may handle, and what it must list after it.
import { digest } from '../core/digest.ts'
import {
  discardType,
  flowOutcome,
  monitorOutcome,
  pingType,
  redriveType,
  replyType,
  restartType,
  type Waits,
} from '../core/waits.ts'
import type { Message } from './message-book.ts'

/** A commit of one instance. */
export interface Relisted {
  /** Address of the instance. */
  readonly of: string
  /** What its record listed before, and what it lists now. */
  readonly before: Waits
  readonly after: Waits
  /** Messages that it handled, and those that it set aside. */
  readonly applied: readonly Message[]
  readonly aside: readonly Message[]
  /** Messages in its stash: what it stands still on may stay listed. */
  readonly held: ReadonlySet<Message | undefined>
  /** Whether the instance goes on: it does not end in it. */
  readonly lives: boolean
}

type Violation = (invariant: string, text: string) => void

/** Timers that are the deadlines of calls have names that begin so. */
const deadlineName = '~call/'

/** Notes what a commit may not do with timers and answers. */
export const checkWaits = (commit: Relisted, violation: Violation): void => {
  // One that is tried again was taken off the list when it failed.
  const isFirst = ({ redriven }: Message): boolean => redriven === undefined
  for (const message of commit.applied.filter(isFirst)) demandListed(commit, message, violation)
  const over = [...commit.applied, ...commit.aside].filter((message) => !commit.held.has(message))
  for (const message of over.filter(isFirst)) demandUnlisted(commit, message, violation)
  demandDeadlines(commit, violation)
  demandOutcomes(commit, violation)
}

/** The request that a message is the outcome of, as the record names it; undefined if it is none. */
const requestOf = ({ kind, text }: Message): string | undefined => {
  if (kind !== 'reply') return undefined
  const { body } = JSON.parse(text) as { readonly body: { readonly call?: unknown } | null }
  return digest(String(body?.call))
}

/** @returns the name of the timer that a message is */
const timerOf = ({ kind, text }: Message): string | undefined =>
  kind === 'timer' ? (JSON.parse(text) as { readonly timer: string }).timer : undefined

// What is not listed any more was cancelled, replaced, or answered before: it is late, and must be dropped.
const demandListed = ({ of, before }: Relisted, message: Message, violation: Violation): void => {
  const name = timerOf(message)
  const request = requestOf(message)
  if (name !== undefined && before.timers.get(name)?.id !== digest(message.id))
    violation('I2', `${of} handled the timer ${name} (${message.id}), which its record did not list any more`)
  if (request === undefined) return
  const call = before.calls.get(request)
  if (call === undefined) violation('I2', `${of} handled the answer ${message.id}, which its record did not wait for any more`)
  else if (call.of !== message.from) violation('I3', `${of} took the answer of ${message.from}, and had asked ${call.of}`)
}

const demandUnlisted = ({ of, before, after }: Relisted, message: Message, violation: Violation): void => {
  const name = timerOf(message)
  const request = requestOf(message)
  if (name !== undefined && after.timers.get(name)?.id === digest(message.id))
    violation('I2', `${of} handled the timer ${name} (${message.id}), and lists it all the same`)
  // What nobody asked for is set aside, and takes nothing off the list.
  if (request !== undefined && before.calls.get(request)?.of === message.from && after.calls.has(request))
    violation('I2', `${of} handled the answer ${message.id}, and waits for it all the same`)
}

// A call without a deadline may never come out; a deadline without its call comes for nothing.
const demandDeadlines = ({ of, after: { timers, calls } }: Relisted, violation: Violation): void => {
  const deadlines = new Set([...calls.values()].map(({ timer }) => timer))
  for (const name of deadlines) if (!timers.has(name)) violation('I5', `${of} waits for an answer without its deadline ${name}`)
  for (const name of timers.keys())
    if (name.startsWith(deadlineName) && !deadlines.has(name))
      violation('I5', `${of} lists the deadline ${name} of a call that is over`)
}

const demandOutcomes = ({ of, before, after, applied, aside, lives }: Relisted, violation: Violation): void => {
  if (!lives || before.calls.size === 0) return
  const settled = [...applied, ...aside]
  const requests = new Set(settled.map(requestOf))
  const names = new Set(settled.map(timerOf))
  for (const [request, { of: callee, outcome, timer }] of before.calls) {
    // What comes for a flow leaves no run, but an event in its journal.
    // Nor does a round of a monitor that says what is known.
    if (
      outcome === flowOutcome ||
      outcome === monitorOutcome ||
      after.calls.has(request) ||
      requests.has(request) ||
      names.has(timer)
    )
      continue
    violation('I1', `${of} waits no more for the answer of ${callee}, of which no outcome has come`)
  }
}

/** Whether a message asks for something to be done about one that failed. */
const isControl = ({ type }: Pick<Message, 'type'>): boolean =>
  type === redriveType || type === discardType || type === restartType

/** Whether a message is judged by what the record lists, or by what has failed, so that one that comes late is dropped by right. */
export const mayBeLate = (message: Message): boolean =>
  message.kind === 'timer' ||
  message.kind === 'reply' ||
  message.type === '~wake' ||
  message.type === pingType ||
  isControl(message)

/** Whether a record that lists `waits` must still take a message. */
export const isWaitedFor = (waits: Waits, message: Message): boolean => {
  const name = timerOf(message)
  if (name !== undefined) return waits.timers.get(name)?.id === digest(message.id)
  const request = requestOf(message)
  return request !== undefined && waits.calls.get(request)?.of === message.from
}

/** `direct`: a call whose answer somebody waits for; it is on no queue. */
export type MessageKind = 'message' | 'timer' | 'reply' | 'direct'

export const kindOf = (envelope: { readonly timer?: string; readonly type: string }): MessageKind =>
  envelope.timer !== undefined ? 'timer' : envelope.type === replyType ? 'reply' : 'message'
