// The door to AWS: the Lambda entry, the client, and the ports on DynamoDB and SQS.
export { type CallOptions, type CancelOptions, type Client, type ConnectOptions, connect, type SendOptions } from './connect.ts'
export type { ConnectionOptions, Posted } from './connection.ts'
export type { FailedFilter, FailedMessage, FailedName, Resolution, Span } from './failures.ts'
export type { CallEvent } from './invoker.ts'
export {
  type CallHandler,
  type InvocationContext,
  type QueueEvent,
  type QueueHandler,
  type QueueRecord,
  type QueueResponse,
  toLambda,
} from './lambda.ts'
export { SqsMailbox, type SqsMailboxOptions } from './mailbox.ts'
export { type OperateOptions, type Operator, operate, type RedriveOptions, type RemedyOptions } from './operate.ts'
export type { Remedied } from './remedies.ts'
export type { Route, Routes, TimerRoute } from './routes.ts'
export { EventBridgeScheduler, type EventBridgeSchedulerOptions } from './scheduler.ts'
export type { FailedDetail, Round } from './show.ts'
export { DynamoStore, type DynamoStoreOptions } from './store.ts'
export { DynamoViews } from './views.ts'
export type { UrlEvent, UrlHandler, UrlResponse } from './web.ts'
