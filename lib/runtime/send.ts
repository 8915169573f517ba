// Sending to one queue, in full batches; the answer is reconciled by id.
//
// I4: of one sender to one receiver at most one parcel is in a batch, and one that failed holds back those behind it.
import { backoffSeconds } from '../core/backoff.ts'
import { Refused } from '../core/errors.ts'
import { batchEntriesMax, batchesAtOnce, messageBytesMax, sendRoundsMax } from '../core/limits.ts'
import type { Entry, Queue, Refusal } from '../ports/mailbox.ts'
import type { Host } from './host.ts'

/** A queue message that waits to be sent. */
export interface Waiting {
  /** Whose outbox it is of. */
  readonly owner: string
  readonly entry: Entry
  readonly bytes: number
  /** Within a lane order holds. */
  readonly lane: string
  /** Which effects it carries; none where no commit holds it. */
  readonly effects: readonly number[]
}

/** What a queue has not taken. */
export interface Unsent {
  /** Of lanes in which nothing was refused for good. */
  readonly left: readonly Waiting[]
  /** By lane: what was refused for good, and what waits behind it. */
  readonly refused: readonly { readonly error: string; readonly unsent: readonly Waiting[] }[]
}

/**
 * Sends to one queue: some batches at once, of different lanes. A lane that failed is not sent from again in the same round, and one that was
 * refused for good not at all; what is left after the last round has failed.
 */
export const sendAll = async (host: Host, queue: Queue, waiting: readonly Waiting[]): Promise<Unsent> => {
  const lasting = new Map<string, { readonly error: string; readonly unsent: readonly Waiting[] }>()
  let left = waiting
  for (let round = 1; left.length > 0 && round <= sendRoundsMax; round++) {
    if (round > 1) await host.clock.after(backoffSeconds(round, host.ids.dice()) * 25).elapsed
    const reasons = new Map<string, string>()
    const unsent = await sendRound(host, queue, left, reasons)
    for (const [lane, error] of reasons) lasting.set(lane, { error, unsent: unsent.filter((one) => one.lane === lane) })
    left = unsent.filter((one) => !lasting.has(one.lane))
  }
  return { left, refused: [...lasting.values()] }
}

// Fills `lasting` with the lanes in which something was refused for good, and why.
const sendRound = async (
  host: Host,
  queue: Queue,
  waiting: readonly Waiting[],
  lasting: Map<string, string>,
): Promise<readonly Waiting[]> => {
  /** Lanes that failed, or have an entry under way. */
  const blocked = new Set<string>()
  const unsent = new Set(waiting)
  const failed = new Set<Waiting>()
  const sender = async (): Promise<void> => {
    for (;;) {
      const batch = nextBatch(unsent, blocked)
      if (batch.length === 0) return
      for (const one of batch) {
        unsent.delete(one)
        blocked.add(one.lane)
      }
      const refused = await trySend(host, queue, batch)
      for (const one of batch) {
        const refusal = refused.get(one.entry.id)
        if (refusal?.lasting === true) lasting.set(one.lane, refusal.reason)
        if (refusal !== undefined) failed.add(one)
        else blocked.delete(one.lane)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(batchesAtOnce, waiting.length) }, sender))
  return waiting.filter((one) => failed.has(one) || unsent.has(one))
}

const nextBatch = (unsent: ReadonlySet<Waiting>, blocked: ReadonlySet<string>): readonly Waiting[] => {
  const passed = new Set<string>()
  const batch: Waiting[] = []
  let bytes = 0
  for (const one of unsent) {
    if (blocked.has(one.lane) || passed.has(one.lane)) continue
    passed.add(one.lane)
    if (bytes + one.bytes > messageBytesMax && batch.length > 0) continue
    batch.push(one)
    bytes += one.bytes
    if (batch.length === batchEntriesMax) break
  }
  return batch
}

const trySend = async (
  { mailbox, log }: Host,
  queue: Queue,
  batch: readonly Waiting[],
): Promise<ReadonlyMap<string, Refusal>> => {
  try {
    const failed = await mailbox.send(
      queue,
      batch.map((one) => one.entry),
    )
    if (failed.size > 0)
      log.write('warn', 'some messages were not sent', {
        queue,
        reasons: [...new Set([...failed.values()].map((one) => one.reason))],
      })
    return failed
  } catch (thrown) {
    const { message } = thrown as Error
    log.write('warn', 'messages were not sent', { queue, error: message })
    return new Map(batch.map((one) => [one.entry.id, { reason: message, lasting: thrown instanceof Refused }]))
  }
}
