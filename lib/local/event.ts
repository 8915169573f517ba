// The event that an SQS mapping gives to a function, and what the function's response says of its messages.
// Rules: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS" and "Implementing partial batch responses".
import { hash } from 'node:crypto'
import type { MessageAttributes, ReceivedMessage } from '../sim/queue-message.ts'
import { region } from './function-spec.ts'
import { queueArn } from './sqs-wire.ts'

/** One record of the event, by the names that Lambda uses. */
export interface SqsRecord {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly attributes: { readonly [name: string]: string }
  readonly messageAttributes: { readonly [name: string]: object }
  readonly md5OfBody: string
  readonly eventSource: 'aws:sqs'
  readonly eventSourceARN: string
  readonly awsRegion: string
}
export interface SqsEvent {
  readonly Records: readonly SqsRecord[]
}

/** @param queue name of the mailbox */
export const sqsEvent = (queue: string, messages: readonly ReceivedMessage[]): SqsEvent => ({
  Records: messages.map((message) => ({
    messageId: message.messageId,
    receiptHandle: message.receipt,
    body: message.body,
    attributes: systemAttributes(message),
    messageAttributes: messageAttributes(message.attributes),
    md5OfBody: hash('md5', message.body),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn(region, queue),
    awsRegion: region,
  })),
})

const systemAttributes = (message: ReceivedMessage): { readonly [name: string]: string } => ({
  ApproximateReceiveCount: String(message.receiveCount),
  SentTimestamp: String(message.sentAt),
  SenderId: 'local',
  ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  ...(message.group !== undefined && { MessageGroupId: message.group }),
  ...(message.deduplication !== undefined && { MessageDeduplicationId: message.deduplication }),
  ...(message.sequenceNumber !== undefined && { SequenceNumber: message.sequenceNumber }),
  ...(message.traceHeader !== undefined && { AWSTraceHeader: message.traceHeader }),
  ...(message.deadLetterSource !== undefined && { DeadLetterQueueSourceArn: queueArn(region, message.deadLetterSource) }),
})

const messageAttributes = (attributes: MessageAttributes): { readonly [name: string]: object } =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [name, { ...attribute, stringListValues: [], binaryListValues: [] }]),
  )

/** `failed`: message ids that are not deleted. */
export type Verdict =
  | { readonly kind: 'read'; readonly failed: ReadonlySet<string> }
  | { readonly kind: 'malformed'; readonly reason: string }

/**
 * Reads a partial batch response. Nothing, an empty object and a null or empty list mean that all went well; whatever names no
 * message of the batch means that none did.
 * @param response JSON text
 */
export const readResponse = (response: string, messageIds: ReadonlySet<string>): Verdict => {
  const value: unknown = JSON.parse(response)
  if (value === null || value === '') return { kind: 'read', failed: new Set() }
  if (typeof value !== 'object')
    return { kind: 'malformed', reason: `the response is ${response.slice(0, 60)}, not an object with batchItemFailures` }
  const failures = (value as { readonly batchItemFailures?: unknown }).batchItemFailures ?? []
  if (!Array.isArray(failures)) return { kind: 'malformed', reason: 'batchItemFailures is no list' }
  const failed = new Set<string>()
  for (const failure of failures as readonly unknown[]) {
    const id = (failure as { readonly itemIdentifier?: unknown } | null)?.itemIdentifier
    if (typeof id !== 'string' || !messageIds.has(id)) {
      return {
        kind: 'malformed',
        reason: `batchItemFailures names ${JSON.stringify(id) ?? 'no itemIdentifier'}, which is no message of the batch`,
      }
    }
    failed.add(id)
  }
  return { kind: 'read', failed }
}
