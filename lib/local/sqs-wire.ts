// Messages as the SQS JSON protocol writes them, with the digests that SDKs check.
import { hash } from 'node:crypto'
import {
  invalid,
  type MessageAttributes,
  type ReceivedMessage,
  type SentMessage,
  type SqsFault,
  type StringOrBinaryAttribute,
} from '../sim/queue-message.ts'
import { type Input, isInput, type Output, optionalText, optionalWhole } from './sqs-input.ts'

/** Of everything that this server holds. */
export const account = '000000000000'

export const queueArn = (region: string, name: string): string => `arn:aws:sqs:${region}:${account}:${name}`
/** @param origin e.g. `http://127.0.0.1:4566` */
export const queueUrl = (origin: string, name: string): string => `${origin}/${account}/${name}`

const md5 = (value: string): string => hash('md5', value)

/**
 * SQS developer guide, Calculating the MD5 message digest for message attributes: names ascending; of each the name, the data
 * type, one byte for string (1) or binary (2), and the value; before each but the byte its length in four bytes.
 */
export const md5OfAttributes = (attributes: MessageAttributes): string => {
  const parts: Uint8Array[] = []
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    parts.push(length, bytes)
  }
  for (const [name, attribute] of Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1))) {
    add(Buffer.from(name))
    add(Buffer.from(attribute.dataType))
    parts.push(Uint8Array.of('stringValue' in attribute ? 1 : 2))
    add('stringValue' in attribute ? Buffer.from(attribute.stringValue) : Buffer.from(attribute.binaryValue, 'base64'))
  }
  return hash('md5', Buffer.concat(parts))
}

const attributesMax = 10

// Message attributes: "The name can contain alphanumeric characters and the underscore (_), hyphen (-), and period (.)." "The
// name must not start with AWS-reserved prefixes such as AWS. or Amazon. (or any casing variants). The name must not start or end
// with a period (.), and it should not have periods in succession (..). The name can be up to 256 characters long."
const attributeName = /^(?!(?:aws|amazon)\.)(?!\.)(?!.*\.\.)(?!.*\.$)[A-Za-z0-9_.-]{1,256}$/i

const readAttribute = (name: string, value: unknown): StringOrBinaryAttribute => {
  const fault = (reason: string): SqsFault => invalid(`The message attribute '${name}' ${reason}.`)
  if (!attributeName.test(name)) throw fault('has an invalid name')
  if (!isInput(value)) throw fault('must contain a value')
  const dataType = optionalText(value, 'DataType') ?? ''
  const { 1: kind } = /^(String|Number|Binary)(?:\..{1,249})?$/.exec(dataType) ?? []
  if (kind === undefined)
    throw fault(`has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String`)
  const [given, stringValue] =
    kind === 'Binary' ? ['BinaryValue', undefined] : ['StringValue', optionalText(value, 'StringValue')]
  const filled = stringValue ?? optionalText(value, given)
  if (filled === undefined || filled === '')
    throw fault(`must contain a non-empty message attribute value for message attribute type '${kind}'`)
  if (kind === 'Number' && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(filled)) throw fault(`can't cast the value to number`)
  return kind === 'Binary' ? { dataType, binaryValue: filled } : { dataType, stringValue: filled }
}

const readAttributes = (input: Input, name: string): MessageAttributes | undefined => {
  const given = input[name]
  if (given === undefined || given === null) return undefined
  if (!isInput(given)) throw invalid(`Value for parameter ${name} is invalid. Reason: Must be a map.`)
  const entries = Object.entries(given)
  // Message attributes: "Each message can have up to 10 attributes."
  if (entries.length > attributesMax)
    throw invalid(`Number of message attributes [${entries.length}] exceeds the allowed maximum [${attributesMax}].`)
  return entries.length === 0 ? undefined : Object.fromEntries(entries.map(([key, value]) => [key, readAttribute(key, value)]))
}

// MessageSystemAttributes: "Currently, the only supported message system attribute is AWSTraceHeader. Its type must be String".
const readTraceHeader = (input: Input): string | undefined => {
  const given = input.MessageSystemAttributes
  if (!isInput(given)) return undefined
  const { AWSTraceHeader: trace, ...others } = given
  const [other] = Object.keys(others)
  if (other !== undefined) throw invalid(`Message system attribute name '${other}' is invalid.`)
  return isInput(trace) ? optionalText(trace, 'StringValue') : undefined
}

/** Reads SendMessage, or an entry of SendMessageBatch. @throws SqsFault */
export const readSent = (input: Input): SentMessage => {
  const group = optionalText(input, 'MessageGroupId')
  const deduplication = optionalText(input, 'MessageDeduplicationId')
  const delaySeconds = optionalWhole(input, 'DelaySeconds', 0, 900)
  const attributes = readAttributes(input, 'MessageAttributes')
  const traceHeader = readTraceHeader(input)
  return {
    body: optionalText(input, 'MessageBody') ?? '',
    ...(group !== undefined && { group }),
    ...(deduplication !== undefined && { deduplication }),
    ...(delaySeconds !== undefined && { delaySeconds }),
    ...(attributes !== undefined && { attributes }),
    ...(traceHeader !== undefined && { traceHeader }),
  }
}

/** What answers a message that was taken in. */
export const writeSent = (
  { body, attributes, traceHeader }: SentMessage,
  { messageId, sequenceNumber }: { readonly messageId: string; readonly sequenceNumber?: string },
): Output => ({
  MessageId: messageId,
  MD5OfMessageBody: md5(body),
  ...(attributes !== undefined && { MD5OfMessageAttributes: md5OfAttributes(attributes) }),
  ...(traceHeader !== undefined && {
    MD5OfMessageSystemAttributes: md5OfAttributes({ AWSTraceHeader: { dataType: 'String', stringValue: traceHeader } }),
  }),
  ...(sequenceNumber !== undefined && { SequenceNumber: sequenceNumber }),
})

/** Which attributes a receive asked for, and what their values are made with. */
export interface Wanted {
  readonly system: readonly string[]
  /**
   * "you can return all of the attributes by specifying All or .* in your request. You can also use all message attributes
   * starting with a prefix, for example bar.*."
   */
  readonly message: readonly string[]
  readonly region: string
}

/** A message as ReceiveMessage returns it. */
export const writeReceived = (message: ReceivedMessage, wanted: Wanted): Output => {
  const system = systemAttributes(message, wanted)
  const chosen = Object.entries(message.attributes).filter(([name]) => wanted.message.some((pattern) => isMatch(name, pattern)))
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receipt,
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(Object.keys(system).length > 0 && { Attributes: system }),
    ...(chosen.length > 0 && {
      MD5OfMessageAttributes: md5OfAttributes(Object.fromEntries(chosen)),
      MessageAttributes: Object.fromEntries(chosen.map(([name, attribute]) => [name, writeAttribute(attribute)])),
    }),
  }
}

const isMatch = (name: string, pattern: string): boolean =>
  pattern === 'All' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2)))

const writeAttribute = (attribute: StringOrBinaryAttribute): Output =>
  'stringValue' in attribute
    ? { DataType: attribute.dataType, StringValue: attribute.stringValue }
    : { DataType: attribute.dataType, BinaryValue: attribute.binaryValue }

const systemAttributes = (message: ReceivedMessage, { system, region }: Wanted): Output => {
  if (system.length === 0) return {}
  const all: Readonly<Record<string, string | undefined>> = {
    SenderId: account,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    MessageGroupId: message.group,
    MessageDeduplicationId: message.deduplication,
    SequenceNumber: message.sequenceNumber,
    AWSTraceHeader: message.traceHeader,
    DeadLetterQueueSourceArn: message.deadLetterSource === undefined ? undefined : queueArn(region, message.deadLetterSource),
  }
  const names = system.includes('All') ? Object.keys(all) : system
  return Object.fromEntries(names.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])))
}
