// The Lambda entry of a process: batches of its mailbox go through the runtime, what is not done is reported back.
import { randomBytes } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Process } from '../core/definition.ts'
import { Defect } from '../core/errors.ts'
import { type Clock, type Ids, type Meter, noMeter } from '../ports/host.ts'
import type { Delivery } from '../ports/mailbox.ts'
import type { Host, Runtime } from '../runtime/host.ts'
import { createRuntime } from '../runtime/runtime.ts'
import { EmfMeter } from './emf.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { jsonLog } from './log.ts'
import { SqsMailbox } from './mailbox.ts'
import { routeTo } from './routes.ts'
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
}
export interface InvocationContext {
  getRemainingTimeInMillis(): number
}
/** Partial batch response (`ReportBatchItemFailures`): what is named stays on the queue. */
export interface QueueResponse {
  readonly batchItemFailures: { readonly itemIdentifier: string }[]
}
export type QueueHandler = (event: QueueEvent, context: InvocationContext) => Promise<QueueResponse>

/**
 * The `handler` of a process's function. Clients and the warm cache are made with the first invocation and kept.
 * The handler throws Misconfigured if the environment is wrong, and Defect where an invariant is broken: then nothing is acknowledged.
 */
export const toLambda = (process: Process): QueueHandler => {
  let warm: { readonly runtime: Runtime; readonly meter: EmfMeter | undefined } | undefined
  return async (event, context) => {
    warm ??= start(process)
    const deadline = Date.now() + context.getRemainingTimeInMillis()
    const { returned } = await warm.runtime.receive({ deliveries: event.Records.map(deliveryOf), deadline })
    warm.meter?.flush(Date.now())
    return { batchItemFailures: returned.map((itemIdentifier) => ({ itemIdentifier })) }
  }
}

const deliveryOf = ({ messageId, receiptHandle, body, attributes, eventSourceARN }: QueueRecord): Delivery => ({
  messageId,
  receipt: receiptHandle,
  body,
  receiveCount: Number(attributes.ApproximateReceiveCount),
  sentAt: Number(attributes.SentTimestamp),
  ...(eventSourceARN !== undefined && { source: eventSourceARN }),
  ...(attributes.MessageDeduplicationId !== undefined && { deduplication: attributes.MessageDeduplicationId }),
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
    scheduler: { schedule: () => Promise.reject(new Defect('no-scheduler', 'not wired yet')) },
    views: new DynamoViews(dynamodb, (other) => routeTo(routes, other).table),
    clock: systemClock,
    ids: systemIds,
    log: jsonLog(logLevel, { app, process }),
    meter,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  }
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
