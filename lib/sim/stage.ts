// What every part of a simulated cloud shares: time, chance, faults, the trace, the ledger and the count of calls.
import type { Faults } from './faults.ts'
import type { Ledger } from './ledger.ts'
import type { Random } from './random.ts'
import type { RateBook } from './rate-book.ts'
import type { Time } from './time.ts'
import type { Trace } from './trace.ts'

/** Calls that a bill would count, and what became of them. */
export interface Calls {
  /** GetItem, strongly consistent. */
  reads: number
  /** GetItem on a view, eventually consistent. */
  viewReads: number
  queries: number
  /** PutItem, the refused ones included, and DeleteItem. */
  writes: number
  /** PutItem whose condition did not hold. */
  refused: number
  /** SendMessageBatch. */
  sends: number
  /** Entries of those that were accepted. */
  sent: number
  /** ReceiveMessage that brought something. */
  receives: number
  /** DeleteMessageBatch. */
  deletes: number
  /** ChangeMessageVisibilityBatch. */
  hides: number
  /** CreateSchedule. */
  schedules: number
  invocations: number
  coldStarts: number
}
export const noCalls = (): Calls => ({
  reads: 0,
  viewReads: 0,
  queries: 0,
  writes: 0,
  refused: 0,
  sends: 0,
  sent: 0,
  receives: 0,
  deletes: 0,
  hides: 0,
  schedules: 0,
  invocations: 0,
  coldStarts: 0,
})

export interface Stage {
  readonly time: Time
  readonly random: Random
  readonly faults: Faults
  readonly trace: Trace
  readonly ledger: Ledger
  readonly rates: RateBook
  readonly calls: Calls
}
