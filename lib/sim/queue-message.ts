// What goes into a queue and comes out of it, and what SQS refuses to take.
import { hash } from 'node:crypto'
import { messageBytesMax } from '../core/limits.ts'

/** A refusal as SQS words it; `code` is the error code of the API, e.g. `InvalidParameterValue`. */
export class SqsFault extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'SqsFault'
    this.code = code
  }
}

export const invalid = (reason: string): SqsFault => new SqsFault('InvalidParameterValue', reason)

/** A message attribute; `dataType` begins with `String`, `Number` or `Binary`, and `binaryValue` is base64. */
export type StringOrBinaryAttribute =
  | { readonly dataType: string; readonly stringValue: string }
  | { readonly dataType: string; readonly binaryValue: string }
export type MessageAttributes = Readonly<Record<string, StringOrBinaryAttribute>>

export interface SentMessage {
  readonly body: string
  readonly group?: string
  readonly deduplication?: string
  readonly delaySeconds?: number
  readonly attributes?: MessageAttributes
  /** The system attribute AWSTraceHeader. */
  readonly traceHeader?: string
}

export interface ReceivedMessage {
  readonly messageId: string
  readonly receipt: string
  readonly body: string
  readonly attributes: MessageAttributes
  /** ApproximateReceiveCount, from 1. */
  readonly receiveCount: number
  /** SentTimestamp, ms since 1970. */
  readonly sentAt: number
  readonly firstReceivedAt: number
  readonly group?: string
  readonly deduplication?: string
  /** Of a FIFO queue. */
  readonly sequenceNumber?: string
  readonly traceHeader?: string
  /** The queue that gave the message up, if this is its dead-letter queue. */
  readonly deadLetterSource?: string
}

/** What of a message travels on when it is sent anew. */
export const contentOf = ({ body, group, deduplication, attributes, traceHeader }: StoredMessage): SentMessage => ({
  body,
  ...(group !== undefined && { group }),
  ...(deduplication !== undefined && { deduplication }),
  ...(attributes !== undefined && { attributes }),
  ...(traceHeader !== undefined && { traceHeader }),
})

/** A message as a queue keeps it, JSON throughout. `ordinal` counts the messages that this queue ever took. */
export interface StoredMessage extends Omit<SentMessage, 'delaySeconds'> {
  readonly ordinal: number
  readonly id: string
  /** The enqueue timestamp that retention counts from, ms since 1970. */
  readonly sentAt: number
  /** When its delay ends, if it has one. */
  readonly delayedUntil?: number
  /** Receives so far, in all queues. */
  readonly receives: number
  readonly firstReceivedAt?: number
  readonly deadLetterSource?: string
}

/**
 * SQS API reference, SendMessage: "The large, non-consecutive number that Amazon SQS assigns to each message." "SequenceNumber
 * continues to increase for a particular MessageGroupId." Twenty digits, so that texts sort as the numbers do.
 */
export const sequenceNumber = (ordinal: number): string => `188${String(ordinal * 256).padStart(17, '0')}`

/** A message as a consumer gets it. */
export const asReceived = (
  { id, ordinal, body, attributes = {}, sentAt, group, deduplication, traceHeader, deadLetterSource }: StoredMessage,
  receive: Pick<ReceivedMessage, 'receipt' | 'receiveCount' | 'firstReceivedAt'>,
  fifo: boolean,
): ReceivedMessage => ({
  messageId: id,
  body,
  attributes,
  sentAt,
  ...receive,
  ...(group !== undefined && { group }),
  ...(deduplication !== undefined && { deduplication }),
  ...(fifo && { sequenceNumber: sequenceNumber(ordinal) }),
  ...(traceHeader !== undefined && { traceHeader }),
  ...(deadLetterSource !== undefined && { deadLetterSource }),
})

/** Body and attributes in bytes, as SQS counts them: names, types and values. */
export const messageBytes = (body: string, attributes: MessageAttributes = {}): number => {
  let bytes = Buffer.byteLength(body)
  for (const name in attributes) {
    const attribute = attributes[name] as StringOrBinaryAttribute
    bytes += Buffer.byteLength(name) + Buffer.byteLength(attribute.dataType)
    bytes +=
      'stringValue' in attribute ? Buffer.byteLength(attribute.stringValue) : Buffer.byteLength(attribute.binaryValue, 'base64')
  }
  return bytes
}

/**
 * The deduplication id of a message on a FIFO queue.
 * SQS API reference, SendMessage: "If you aren't able to provide a MessageDeduplicationId and you enable
 * ContentBasedDeduplication for your queue, Amazon SQS uses a SHA-256 hash to generate the MessageDeduplicationId using the body
 * of the message (but not the attributes of the message)." "If you don't provide a MessageDeduplicationId and the queue doesn't
 * have ContentBasedDeduplication set, the action fails with an error." "If the queue has ContentBasedDeduplication set, your
 * MessageDeduplicationId overrides the generated one."
 * @throws SqsFault
 */
export const deduplicationOf = ({ body, deduplication }: SentMessage, contentBased: boolean): string => {
  if (deduplication !== undefined) return deduplication
  if (contentBased) return hash('sha256', body)
  throw invalid('The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly')
}

/** @throws SqsFault if a number is not whole, or out of its range */
export const demandWhole = (name: string, value: number, least: number, most: number): void => {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw invalid(`Value ${value} for parameter ${name} is invalid. Reason: Must be between ${least} and ${most}, if provided.`)
}

// SendMessage: "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
const foreign = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u
// SendMessage: "can contain alphanumeric characters (a-z, A-Z, 0-9) and punctuation", at most 128.
const token = /^[\x21-\x7e]{1,128}$/
const delaySecondsMax = 900

/**
 * Checks what a producer sends against the rules of SendMessage.
 * @param bodyBytesMax the queue's MaximumMessageSize
 * @throws SqsFault
 */
export const checkMessage = (message: SentMessage, fifo: boolean, bodyBytesMax: number = messageBytesMax): void => {
  const { body, group, deduplication, delaySeconds = 0 } = message
  // "The minimum size is one character."
  if (body.length === 0) throw new SqsFault('MissingParameter', 'The request must contain the parameter MessageBody.')
  // "The maximum size is 1 MiB or 1,048,576 bytes"; attributes are part of it.
  if (messageBytes(body, message.attributes) > bodyBytesMax) {
    throw invalid(`One or more parameters are invalid. Reason: Message must be shorter than ${bodyBytesMax} bytes.`)
  }
  // "If a message contains characters outside the allowed set, Amazon SQS rejects the message and returns an
  // InvalidMessageContents error."
  if (foreign.test(body))
    throw new SqsFault(
      'InvalidMessageContents',
      'Invalid characters found. Valid are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
    )
  if (group !== undefined && !token.test(group)) throw invalidToken('MessageGroupId', group)
  if (deduplication !== undefined && !token.test(deduplication)) throw invalidToken('MessageDeduplicationId', deduplication)
  demandWhole('DelaySeconds', delaySeconds, 0, delaySecondsMax)
  if (fifo) {
    // "If you do not provide a MessageGroupId when sending a message to a FIFO queue, the action fails."
    if (group === undefined) throw new SqsFault('MissingParameter', 'The request must contain the parameter MessageGroupId.')
    // "When you set FifoQueue, you can't set DelaySeconds per message. You can set this parameter only on a queue level."
    if (delaySeconds > 0) throw notForThisQueue('DelaySeconds', String(delaySeconds))
  } else if (deduplication !== undefined) {
    // "This parameter applies only to FIFO (first-in-first-out) queues."
    throw notForThisQueue('MessageDeduplicationId', deduplication)
  }
}

const invalidToken = (name: string, value: string): SqsFault =>
  invalid(`Value ${value} for parameter ${name} is invalid. Reason: It has 1 to 128 alphanumeric and punctuation characters.`)
const notForThisQueue = (name: string, value: string): SqsFault =>
  invalid(`Value ${value} for parameter ${name} is invalid. Reason: It is not valid for this queue type.`)
