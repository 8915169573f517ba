// A message that has failed for good, kept with its reason where the operator finds it (I1): an item of the table, and a copy on the dead-letter queue.
import { digest } from './digest.ts'
import { type Arrival, type Envelope, encodeEnvelope } from './envelope.ts'
import type { Item } from './item.ts'
import { messageBytesMax } from './limits.ts'
import { messageItems } from './page.ts'
import { isListed } from './waits.ts'

/** Why a message failed; `code` is stable, `text` says what to do. */
export interface Reason {
  readonly code:
    | 'malformed'
    | 'unknown-type'
    | 'not-asked'
    | 'unknown-caller'
    | 'invalid-body'
    | 'too-old'
    | 'too-new'
    | 'too-many-hops'
    | 'handler-failed'
    | 'handler-died'
    | 'flow-failed'
    | 'journal-mismatch'
    | 'rejected'
    | 'not-sent'
  readonly text: string
  readonly stack?: string
}

export interface Failure {
  readonly id: string
  /** The message as it came: JSON text, or whatever it was. */
  readonly message: string
  readonly reason: Reason
  readonly attempts: number
  readonly trace?: string
  readonly type?: string
  /** ms since 1970. */
  readonly at: number
  /** What it went through before; undefined if it fails for the first time. */
  readonly again?: Again
}

/** A message that had failed for good is tried again. */
export interface Again {
  /** How often it failed for good before. */
  readonly round: number
}

/** Why a message that was set aside cannot be tried again; undefined if it can. */
export const whyDiscardOnly = (envelope: Envelope, code: string): string | undefined => {
  if (envelope.reply !== undefined) return 'whoever asked has been told that it failed'
  // What a handler was to get is kept as that.
  if (isListed(envelope)) return discardOnly.get(code) ?? 'whoever waited for it has gone on without it'
  return discardOnly.get(code)
}

/** Codes of failures that cannot be tried again, with the reason. */
const discardOnly: ReadonlyMap<string, string> = new Map<Reason['code'], string>([
  ['too-old', 'it may have been applied long ago'],
  ['not-asked', 'it was not sent by whom it names'],
  ['flow-failed', 'what its flow did was undone, and would not be done again under the same keys'],
])

/** Partition of messages that name no instance. */
export const nowhere = '~malformed'

export const failureOf = (envelope: Envelope, reason: Reason, attempts: number, at: number): Failure => ({
  id: envelope.id,
  message: encodeEnvelope(envelope),
  reason,
  attempts,
  trace: envelope.trace,
  type: envelope.type,
  at,
})

export const malformedFailure = (arrival: Arrival & { readonly kind: 'malformed' }, at: number): Failure => ({
  id: arrival.id,
  message: arrival.raw,
  reason: { code: 'malformed', text: arrival.reason },
  attempts: 1,
  at,
})

/** A message that fails for good again, after it was redriven, is kept anew. */
export const failedSk = (id: string, round = 0): string => `failed/${digest(id)}${round === 0 ? '' : `~${round}`}`

/** The items that keep a failure: one, and pages before it where the message is long. The same failure gives the same items. */
export const failureItems = (pk: string, failure: Failure): readonly Item[] => {
  const { message, reason, again, ...rest } = failure
  const sk = failedSk(failure.id, again?.round)
  const attributes = {
    id: rest.id.toWellFormed(),
    at: rest.at,
    attempts: rest.attempts,
    ...again,
    code: reason.code,
    reason: cut(reason.text),
    ...(reason.stack !== undefined && { stack: cut(reason.stack) }),
    ...(rest.trace !== undefined && { trace: cut(rest.trace) }),
    ...(rest.type !== undefined && { type: cut(rest.type) }),
  }
  return messageItems({ pk, sk, attributes }, message)
}

export interface DeadLetter {
  readonly body: string
  readonly attributes: Readonly<Record<string, string>>
  /** As SQS counts it: body, attribute names, types and values. */
  readonly bytes: number
}

/** What of a dead letter shows as message attributes on the queue; a message too long for a copy goes as a note that names its place. */
export const deadLetterOf = (pk: string, failure: Failure): DeadLetter => {
  const attributes = {
    reason: failure.reason.code,
    error: printable(failure.reason.text),
    attempts: String(failure.attempts),
    id: printable(failure.id),
    ...(failure.trace !== undefined && { trace: printable(failure.trace) }),
  }
  const attributeBytes = Object.entries(attributes).reduce(
    (sum, [name, value]) => sum + name.length + 6 + Buffer.byteLength(value),
    0,
  )
  const fits = failure.message.length > 0 && Buffer.byteLength(failure.message) + attributeBytes <= messageBytesMax
  const body = fits
    ? failure.message
    : JSON.stringify({ id: failure.id, kept: { pk, sk: failedSk(failure.id, failure.again?.round) } })
  return { body, attributes, bytes: Buffer.byteLength(body) + attributeBytes }
}

// A cut may part a surrogate pair, and neither DynamoDB nor SQS takes half of one.
const cut = (text: string, length = 8000): string => text.slice(0, length).toWellFormed()

// SQS takes #x9, #xA, #xD and #x20 upwards in bodies and attributes; an attribute must not be empty.
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are the ones that SQS refuses
  cut(text, 1000).replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '?') || '-'
