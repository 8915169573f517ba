// What a runtime stands on, and what it offers to whoever delivers to it.
import type { Answer } from '../core/call.ts'
import type { Clock, Ids, Log, Meter } from '../ports/host.ts'
import type { Delivery, Mailbox } from '../ports/mailbox.ts'
import type { Scheduler } from '../ports/scheduler.ts'
import type { Store, Views } from '../ports/store.ts'

/** The ports of one process in one environment. */
export interface Host {
  readonly store: Store
  readonly mailbox: Mailbox
  readonly scheduler: Scheduler
  readonly views: Views
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly meter: Meter
  /** Resolves once every promise that can settle without the outside has settled. */
  readonly turn: () => Promise<void>
}

export interface Invocation {
  readonly deliveries: readonly Delivery[]
  /** When the environment is killed, ms since 1970. */
  readonly deadline: number
}

/** A call of whoever waits for the answer. */
export interface DirectCall {
  /** The request's envelope as JSON text. */
  readonly envelope: string
  /** When the environment is killed, ms since 1970. */
  readonly deadline: number
}

/** One execution environment of a process: it lives across invocations and keeps the warm cache. */
export interface Runtime {
  /** Answers a direct call by the same hop. What it sends has left, or will by the wake that was sent before the commit. @throws Transient */
  call(call: DirectCall): Promise<Answer>
  /** Runs a batch through the hop. @returns message ids that are not acknowledged; the queue delivers them again */
  receive(invocation: Invocation): Promise<{ readonly returned: readonly string[] }>
}
