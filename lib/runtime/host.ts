// What a runtime stands on, and what it offers to whoever delivers to it.
import type { Clock, Ids, Log, Meter } from '../ports/host.ts'
import type { Delivery, Mailbox } from '../ports/mailbox.ts'
import type { Store, Views } from '../ports/store.ts'

/** The ports of one process in one environment. */
export interface Host {
  readonly store: Store
  readonly mailbox: Mailbox
  readonly views: Views
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly meter: Meter
}

export interface Invocation {
  readonly deliveries: readonly Delivery[]
  /** When the environment is killed, ms since 1970. */
  readonly deadline: number
}

/** One execution environment of a process: it lives across invocations and keeps the warm cache. */
export interface Runtime {
  /** Runs a batch through the hop. @returns message ids that are not acknowledged; the queue delivers them again */
  receive(invocation: Invocation): Promise<{ readonly returned: readonly string[] }>
}
