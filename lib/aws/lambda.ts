// The Lambda entry of a process: batches of its queues go through the runtime, what is not done is reported back; direct calls are answered.
import { randomBytes } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Answer } from '../core/call.ts'
import type { Process } from '../core/definition.ts'
import { Refused } from '../core/errors.ts'
import { type Clock, type Ids, type Meter, noMeter } from '../ports/host.ts'
import type { Delivery } from '../ports/mailbox.ts'
import type { Scheduler } from '../ports/scheduler.ts'
import type { Host, Runtime } from '../runtime/host.ts'
import { createRuntime } from '../runtime/runtime.ts'
import { EmfMeter } from './emf.ts'
import { type Environment, readEnvironment } from './environment.ts'
import type { CallEvent } from './invoker.ts'
import { jsonLog } from './log.ts'
import { SqsMailbox } from './mailbox.ts'
import { routeTo, type TimerRoute } from './routes.ts'
import { EventBridgeScheduler } from './scheduler.ts'
import { sdkDefaults } from './sdk.ts'
import { SqsClients } from './sqs-clients.ts'
import { DynamoStore } from './store.ts'
import { DynamoViews } from './views.ts'

/** What an SQS event-source mapping hands over, as much of it as is used. */
export interface QueueEvent {
  readonly Records: readonly QueueRecord[]
}
export interface QueueRecord {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly eventSourceARN?: string
  readonly attributes: {
    readonly ApproximateReceiveCount: string
    /** ms since 1970. */
    readonly SentTimestamp: string
    readonly MessageDeduplicationId?: string | undefined
  }
  readonly messageAttributes?: { readonly [name: string]: object }
}
export interface InvocationContext {
  getRemainingTimeInMillis(): number
}
/** Partial batch response (`ReportBatchItemFailures`): what is named stays on the queue. */
export interface QueueResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[]
}
export type QueueHandler = (event: QueueEvent, context: InvocationContext) => Promise<QueueResponse>
export type CallHandler = (event: CallEvent, context: InvocationContext) => Promise<Answer>

/**
 * The `handler` of a process's function. Clients and the warm cache are made with the first invocation and kept.
 * The handler throws Misconfigured if the environment is wrong, and Defect where an invariant is broken: then nothing is acknowledged.
 * A direct call that throws Transient has no answer yet: whoever calls again under the same id gets it.
 */
export const toLambda = (process: Process): QueueHandler & CallHandler => {
  let warm: { readonly runtime: Runtime; readonly meter: EmfMeter | undefined } | undefined
  const handle = async (event: QueueEvent | CallEvent, context: InvocationContext): Promise<QueueResponse | Answer> => {
    warm ??= start(process)
    const { runtime, meter } = warm
    const deadline = Date.now() + context.getRemainingTimeInMillis()
    try {
      if ('gavotte' in event) return await runtime.call({ envelope: event.envelope, deadline })
      const { returned } = await runtime.receive({ deliveries: event.Records.map(deliveryOf), deadline })
      return { batchItemFailures: returned.map((itemIdentifier) => ({ itemIdentifier })) }
    } finally {
      meter?.flush(Date.now())
    }
  }
  return handle as QueueHandler & CallHandler
}

const deliveryOf = ({
  messageId,
  receiptHandle,
  body,
  attributes,
  messageAttributes = {},
  eventSourceARN,
}: QueueRecord): Delivery => ({
  messageId,
  receipt: receiptHandle,
  body,
  receiveCount: Number(attributes.ApproximateReceiveCount),
  sentAt: Number(attributes.SentTimestamp),
  ...(eventSourceARN !== undefined && { source: eventSourceARN }),
  ...(attributes.MessageDeduplicationId !== undefined && { deduplication: attributes.MessageDeduplicationId }),
  // What SQS itself gave up has none of a dead letter's attributes, and comes back as the message that it was.
  ...('id' in messageAttributes && 'reason' in messageAttributes && { redriven: true }),
})

const start = (process: Process): { readonly runtime: Runtime; readonly meter: EmfMeter | undefined } => {
  const { name } = process.contract
  const environment = readEnvironment(name)
  const meter = environment.metrics === 'emf' ? new EmfMeter({ app: environment.app, process: name }) : undefined
  return { runtime: createRuntime(process, hostOf(name, environment, meter ?? noMeter)), meter }
}

const hostOf = (process: string, { app, routes, own, logLevel }: Environment, meter: Meter): Host => {
  const dynamodb = new DynamoDBClient(sdkDefaults)
  const sqs = new SqsClients()
  return {
    store: new DynamoStore({ dynamodb, table: own.table, clock: systemClock }),
    mailbox: new SqsMailbox({ sqs, routes, process }),
    scheduler: schedulerOf(process, own.timer),
    views: new DynamoViews(dynamodb, (other) => routeTo(routes, other).table),
    clock: systemClock,
    ids: systemIds,
    log: jsonLog(logLevel, { app, process }),
    meter,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  }
}

const schedulerOf = (process: string, timer: TimerRoute | undefined): Scheduler => {
  if (typeof GAVOTTE_WITHOUT_TIMERS === 'undefined' && timer !== undefined)
    return new EventBridgeScheduler({ timer, clock: systemClock })
  const fault = `${process} has no timer queue: set \`timers: true\` in its \`deploy\` and deploy again`
  return { schedule: () => Promise.reject(new Refused('no-timer', fault)) }
}

const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    return { elapsed: promise, cancel: () => clearTimeout(timer) }
  },
}

const systemIds: Ids = {
  nonce: () => randomBytes(12).toString('base64url'),
  dice: () => Math.random(),
}
