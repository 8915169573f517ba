// The public door of the framework.
export { type App, defineApp } from './core/app.ts'
export { CallFailed, type Outcome, outcomeOf } from './core/call.ts'
export type { Context } from './core/context.ts'
export { type Contract, contract, type ViewOf } from './core/contract.ts'
export { type Blueprint, type ContextOf, type Definition, type Deploy, defineProcess, type Process } from './core/definition.ts'
export { Conflict, Defect, GavotteError, Misconfigured, Rejected, Transient } from './core/errors.ts'
export { type Evolving, evolving } from './core/evolving.ts'
