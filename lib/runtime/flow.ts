// Flows: what makes one, and what the runtime asks of its engine. Processes without flows bundle nothing of it.
import type { Process } from '../core/definition.ts'
import type { Flow, Receives } from '../core/flow.ts'
import type { Driven } from '../core/flow-hop.ts'
import type { Draft } from '../core/hop.ts'
import type { FlowEvent, FlowState } from '../core/journal.ts'
import { FlowRun } from './flow-run.ts'
import type { Tried } from './flow-step.ts'
import type { Host } from './host.ts'

/** A flow under way in this environment: its code stands where it waits. */
export interface Running {
  /**
   * Brings it as far as it comes.
   * @throws Misfit where its journal does not fit the code
   */
  drive(draft: Draft, drive: Drive): Promise<Driven>
}

export interface Drive {
  /** What has come for it. */
  readonly event?: FlowEvent
  /** Name of the timer that brought it here: it is over, though the draft lists it still. */
  readonly fired?: string | undefined
  /** Whether steps are done: then no message is waiting behind. */
  readonly steps?: Steps
}

export interface Steps {
  /** ms since 1970. */
  readonly deadline: number
  /** They have ended the function too often. */
  readonly exhausted: boolean
  /** What this invocation has done of them, by operation: a commit that is lost does not take it away. */
  readonly done: Map<number, Tried>
}

/** Opens a flow at the beginning; the first drive replays it. */
export interface Engine {
  open(process: Process, host: Host, instance: string, flow: FlowState): Running
}

const engine: Engine = { open: (process, host, instance, flow) => new FlowRun(process, host, instance, flow) }

/**
 * A handler that spans messages: `Place: flow(async (ctx, body) => { … })`. It is journaled in the instance's record and runs again from
 * the start whenever it goes on, so its code must do the same again: no clock, no chance, no waiting but by its context.
 */
export const flow: {
  <X, B, R>(run: (ctx: X, body: B) => Promise<R>): Flow<X, B, R>
  /** A message for flows: `Charged: flow.receives`. Where no flow runs it is kept as failed. */
  readonly receives: Receives<unknown, unknown>
  /** As `receives`; where no flow runs, `handler` takes it. */
  readonly receivesOr: <X, B>(handler: (this: void, ctx: X, body: B) => void | Promise<void>) => Receives<X, B>
} = Object.assign(<X, B, R>(run: (ctx: X, body: B) => Promise<R>): Flow<X, B, R> => ({ kind: 'flow', run, engine }), {
  receives: { kind: 'receives' } as const,
  receivesOr: <X, B>(otherwise: (this: void, ctx: X, body: B) => void | Promise<void>): Receives<X, B> => ({
    kind: 'receives',
    otherwise,
  }),
})
