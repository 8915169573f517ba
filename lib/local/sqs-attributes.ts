// The attributes of a queue: which there are, what each may be, and the settings of the model that follow.
import { messageBytesMax, visibilitySecondsMax } from '../core/limits.ts'
import type { QueueModel } from '../sim/queue.ts'
import { SqsFault } from '../sim/queue-message.ts'
import type { QueueSettings } from '../sim/queue-settings.ts'
import { isInput, nameInArn } from './sqs-input.ts'

export type QueueAttributes = Readonly<Record<string, string>>

interface Kind {
  readonly fault: (value: string) => boolean
  readonly fallback?: string
  readonly fifoOnly?: boolean
}

const between = (least: number, most: number, fallback: number): Kind => ({
  fault: (value) => !/^\d+$/.test(value) || Number(value) < least || Number(value) > most,
  fallback: String(fallback),
})
const oneOf = (...values: readonly string[]): Kind => ({ fault: (value) => !values.includes(value), fifoOnly: true })
const kept: Kind = { fault: () => false }

// CreateQueue: names, ranges and defaults. Policies and encryption are kept and shown, and have no effect here.
const kinds: Readonly<Record<string, Kind>> = {
  DelaySeconds: between(0, 900, 0),
  MaximumMessageSize: between(1024, messageBytesMax, messageBytesMax),
  MessageRetentionPeriod: between(60, 1_209_600, 345_600),
  ReceiveMessageWaitTimeSeconds: between(0, 20, 0),
  VisibilityTimeout: between(0, visibilitySecondsMax, 30),
  FifoQueue: { ...oneOf('true'), fallback: 'true' },
  ContentBasedDeduplication: { ...oneOf('true', 'false'), fallback: 'false' },
  DeduplicationScope: { ...oneOf('queue', 'messageGroup'), fallback: 'queue' },
  FifoThroughputLimit: { ...oneOf('perQueue', 'perMessageGroupId'), fallback: 'perQueue' },
  RedrivePolicy: { fault: (value) => value !== '' && redriveOf(value) === undefined },
  RedriveAllowPolicy: kept,
  Policy: kept,
  KmsMasterKeyId: kept,
  KmsDataKeyReusePeriodSeconds: kept,
  SqsManagedSseEnabled: kept,
}

export const isAttributeName = (name: string): boolean => name in kinds

/** @throws SqsFault if one is unknown, has no meaning for the type of queue, or is out of range */
export const checkAttributes = (attributes: QueueAttributes, fifo: boolean): void => {
  for (const [name, value] of Object.entries(attributes)) {
    const kind = kinds[name]
    if (kind === undefined || (kind.fifoOnly === true && !fifo))
      throw new SqsFault('InvalidAttributeName', `Unknown Attribute ${name}.`)
    if (kind.fault(value)) throw new SqsFault('InvalidAttributeValue', `Invalid value for the parameter ${name}.`)
  }
}

/** All attributes of a new queue: those given, and the defaults of the rest. */
export const withDefaults = (attributes: QueueAttributes, fifo: boolean): QueueAttributes => {
  const all: Record<string, string> = {}
  for (const [name, { fallback, fifoOnly }] of Object.entries(kinds)) {
    if (fallback !== undefined && (fifo || fifoOnly !== true)) all[name] = fallback
  }
  return merged(all, attributes)
}

/** Attributes with some of them changed; an empty policy takes it away. */
export const merged = (attributes: QueueAttributes, changed: QueueAttributes): QueueAttributes =>
  Object.fromEntries(Object.entries({ ...attributes, ...changed }).filter(([, value]) => value !== ''))

/** The dead-letter queue that a RedrivePolicy names; undefined if the policy cannot be read. */
export const redriveOf = (policy: string): { readonly deadLetter: string; readonly maxReceiveCount: number } | undefined => {
  const parsed = parseJson(policy)
  if (!isInput(parsed)) return undefined
  const { deadLetterTargetArn, maxReceiveCount = 10 } = parsed
  const deadLetter = typeof deadLetterTargetArn === 'string' ? nameInArn(deadLetterTargetArn) : undefined
  const count = Number(maxReceiveCount)
  return deadLetter !== undefined && Number.isInteger(count) && count >= 1 && count <= 1000
    ? { deadLetter, maxReceiveCount: count }
    : undefined
}

const parseJson = (value: string): unknown => {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

/** @param find the queue of a name; a dead-letter queue that is not there leaves the messages where they are */
export const settingsOf = (
  name: string,
  attributes: QueueAttributes,
  find: (name: string) => QueueModel | undefined,
): QueueSettings => {
  const number = (attribute: string): number => Number(attributes[attribute])
  const redrive = attributes.RedrivePolicy === undefined ? undefined : redriveOf(attributes.RedrivePolicy)
  const deadLetter = redrive === undefined ? undefined : find(redrive.deadLetter)
  return {
    name,
    fifo: attributes.FifoQueue === 'true',
    visibilitySeconds: number('VisibilityTimeout'),
    retentionSeconds: number('MessageRetentionPeriod'),
    delaySeconds: number('DelaySeconds'),
    messageBytesMax: number('MaximumMessageSize'),
    contentBasedDeduplication: attributes.ContentBasedDeduplication === 'true',
    deduplicationPerGroup: attributes.DeduplicationScope === 'messageGroup',
    ...(redrive !== undefined &&
      deadLetter !== undefined && { redrive: { maxReceiveCount: redrive.maxReceiveCount, deadLetter } }),
  }
}
