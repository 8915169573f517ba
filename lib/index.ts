// The public door of the framework.
export { type App, type AppOptions, defineApp } from './core/app.ts'
export type { Breaker, BreakerOptions } from './core/breaker.ts'
export { CallFailed, type Outcome, outcomeOf } from './core/call.ts'
export type { Context, Rows } from './core/context.ts'
export { type Contract, contract, type ViewOf } from './core/contract.ts'
export {
  type Blueprint,
  type ContextOf,
  type Definition,
  type Deploy,
  defineProcess,
  type FlowContextOf,
  type Process,
} from './core/definition.ts'
export type { Duration } from './core/duration.ts'
export {
  Conflict,
  Defect,
  FlowCancelled,
  GavotteError,
  Misconfigured,
  Rejected,
  StepFailed,
  Transient,
  Unavailable,
} from './core/errors.ts'
export { type Evolving, evolving } from './core/evolving.ts'
export type { FlowContext } from './core/flow.ts'
export type { Limit, Rate } from './core/limit.ts'
export { type Down, type DownReason, monitorNotices, type Up } from './core/monitor.ts'
export type { Intensity } from './core/orders.ts'
export { type Failed, failedNotice } from './core/supervision.ts'
export { defineWeb, type Web, type WebAccess, type WebDeploy } from './core/web.ts'
export { flow } from './runtime/flow.ts'
export { breaker } from './runtime/outside.ts'
