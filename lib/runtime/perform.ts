// Performing effects: failures are kept, parcels are sent. Parcels of all instances are merged per queue; the answer is reconciled by id.
//
// I4: of one sender to one receiver at most one parcel is in a batch, and one that failed holds back those behind it.
// I7: the same record gives the same parcels, so that a second performance repeats the first.
import { backoffSeconds } from '../core/backoff.ts'
import { deduplicationOf, shardOf } from '../core/digest.ts'
import { type Commit, type Effect, parcelsOf, timerEnvelopeOf } from '../core/effect.ts'
import { encodeEnvelope } from '../core/envelope.ts'
import { describeError } from '../core/errors.ts'
import { deadLetterOf, type Failure, failedSk, failureItems } from '../core/failure.ts'
import type { Item } from '../core/item.ts'
import { batchEntriesMax, batchesAtOnce, delaySecondsMax, messageBytesMax, rowsAtOnce, sendRoundsMax } from '../core/limits.ts'
import type { Pong } from '../core/monitor.ts'
import { address } from '../core/names.ts'
import { resolvedItem, stashItems } from '../core/park.ts'
import type { InstanceRecord } from '../core/record.ts'
import { rowItem } from '../core/row.ts'
import type { Entry, Queue } from '../ports/mailbox.ts'
import type { Schedule } from '../ports/scheduler.ts'
import type { Condition } from '../ports/store.ts'
import type { Host } from './host.ts'
import { pooled } from './pool.ts'

/** What one owner wants done; it is done only when all of it is. */
export interface Outbox {
  /** Partition of the failures; names the owner. */
  readonly owner: string
  readonly failures: readonly Failure[]
  /** Of the table; writing them again changes nothing. */
  readonly items: readonly OutItem[]
  readonly parcels: readonly OutParcel[]
  /** Timers that no queue can hold so long. */
  readonly schedules: readonly Schedule[]
}

interface OutItem {
  readonly item: Item
  readonly condition?: Condition
}

interface OutParcel {
  readonly queue: Queue
  readonly entry: Omit<Entry, 'id'>
  readonly bytes: number
  /** Within a lane order holds. */
  readonly lane: string
}

export const outboxOf = ({ mailbox, clock }: Host, process: string, record: InstanceRecord): Outbox => {
  const commit = { process, instance: record.instance, version: record.version, at: record.at }
  const failures = record.effects.flatMap((effect) => (effect.kind === 'fail' ? [effect.failure] : []))
  const sends = parcelsOf(commit, record.effects)
  const parcels = sends.map(({ process: to, to: group, body, bytes, deduplication }) => ({
    queue: { role: 'mailbox' as const, process: to, shard: shardOf(group, mailbox.shards(to)) },
    entry: { body, group, deduplication },
    bytes,
    lane: `${record.instance}>${group}`,
  }))
  const timers = timersOf(commit, record, clock.now())
  return {
    ...failuresOutbox(process, record.instance, failures, [...parcels, ...timers.parcels]),
    schedules: timers.schedules,
    items: record.effects.flatMap((effect) => itemsOf(record, effect)),
  }
}

const itemsOf = (record: InstanceRecord, effect: Effect): readonly OutItem[] => {
  const { instance, version } = record
  if (effect.kind === 'stash') return stashItems(instance, effect).map((item) => ({ item }))
  if (effect.kind === 'resolve') return [{ item: resolvedItem(instance, effect) }]
  // What a later commit has written stands, and so does what this one has.
  return effect.kind === 'row' ? [{ item: rowItem(instance, effect, record), condition: { kind: 'older', version } }] : []
}

// A timer that is due soon waits on the queue, any other is a schedule. Performed again later, less of its time is left.
const timersOf = (commit: Commit, { effects, instance }: InstanceRecord, now: number) => {
  const parcels: OutParcel[] = []
  const schedules: Schedule[] = []
  effects.forEach((effect, index) => {
    if (effect.kind !== 'timer') return
    const envelope = timerEnvelopeOf(commit, index, effect)
    const body = encodeEnvelope(envelope)
    const id = deduplicationOf(envelope.id, address(commit.process, instance))
    const delaySeconds = Math.max(0, Math.ceil((effect.due - now) / 1000))
    if (delaySeconds > delaySecondsMax) schedules.push({ id, at: effect.due, body })
    else
      parcels.push({
        queue: { role: 'timer', process: commit.process },
        entry: { body, group: instance, deduplication: id, delaySeconds },
        bytes: Buffer.byteLength(body),
        lane: envelope.id,
      })
  })
  return { parcels, schedules }
}

/** Answers to pings. No record holds them: where one cannot be sent, the ping comes again. */
export const pongsOutbox = ({ mailbox }: Host, owner: string, pongs: readonly Pong[]): Outbox => {
  const parcels = pongs.map(({ process, envelope }) => {
    const { id, to: group } = envelope
    const body = encodeEnvelope(envelope)
    return {
      queue: { role: 'mailbox' as const, process, shard: shardOf(group, mailbox.shards(process)) },
      entry: { body, group, deduplication: deduplicationOf(id, address(process, group)) },
      bytes: Buffer.byteLength(body),
      lane: `${owner}>${group}`,
    }
  })
  return { owner, failures: [], schedules: [], items: [], parcels }
}

/** Failures kept under `owner`, and their copies on the dead-letter queue, besides `parcels`. */
export const failuresOutbox = (
  process: string,
  owner: string,
  failures: readonly Failure[],
  parcels: Outbox['parcels'] = [],
): Outbox => {
  const copies = failures.map((failure) => {
    const { body, attributes, bytes } = deadLetterOf(owner, failure)
    const deduplication = deduplicationOf(`${failure.id} ${failedSk(failure.id, failure.again?.round)}`, address(process, owner))
    return {
      queue: { role: 'deadLetter' as const, process },
      entry: { body, group: owner, deduplication, attributes },
      bytes,
      lane: `${owner}>${owner}`,
    }
  })
  return { owner, failures, parcels: [...parcels, ...copies], schedules: [], items: [] }
}

/** @returns owners whose outbox is not known to be done */
export const perform = async (host: Host, outboxes: readonly Outbox[]): Promise<ReadonlySet<string>> => {
  const failed = new Set<string>()
  await Promise.all(
    outboxes.map((outbox) =>
      keepAndSchedule(host, outbox).catch((thrown: unknown) => {
        host.log.write('warn', 'a failed message could not be kept, or a timer not be set', {
          instance: outbox.owner,
          error: describeError(thrown).message,
        })
        failed.add(outbox.owner)
      }),
    ),
  )
  const queues = new Map<string, { queue: Queue; waiting: Waiting[] }>()
  for (const { owner, parcels } of outboxes) {
    if (failed.has(owner)) continue
    for (const { queue, entry, bytes, lane } of parcels) {
      const name = `${queue.role} ${queue.process} ${queue.shard ?? 0}`
      const line = queues.get(name) ?? { queue, waiting: [] }
      queues.set(name, line)
      line.waiting.push({ owner, lane, entry: { ...entry, id: String(line.waiting.length) }, bytes })
    }
  }
  await Promise.all(
    [...queues.values()].map(async ({ queue, waiting }) => {
      for (const { owner } of await sendAll(host, queue, waiting)) failed.add(owner)
    }),
  )
  return failed
}

const keepAndSchedule = async (
  { store, scheduler, meter }: Host,
  { owner, failures, items, schedules }: Outbox,
): Promise<void> => {
  await pooled(schedules, batchesAtOnce, (schedule) => scheduler.schedule(schedule))
  const rows = items.filter(({ condition }) => condition !== undefined).length
  if (rows > 0) meter.add('RowWrites', rows)
  await pooled(items, rowsAtOnce, ({ item, condition }) => store.put(item, condition))
  for (const failure of failures) {
    for (const item of failureItems(owner, failure)) await store.put(item)
    meter.add('SetAside', 1)
  }
}

interface Waiting {
  readonly owner: string
  /** Sender and receiver: within a lane order holds. */
  readonly lane: string
  readonly entry: Entry
  readonly bytes: number
}

// Some batches at once, of different lanes; a lane that failed is not sent from again in the same round. What is left after the last
// round has failed.
const sendAll = async (host: Host, queue: Queue, waiting: readonly Waiting[]): Promise<readonly Waiting[]> => {
  let left = waiting
  for (let round = 1; left.length > 0 && round <= sendRoundsMax; round++) {
    if (round > 1) await host.clock.after(backoffSeconds(round, host.ids.dice()) * 25).elapsed
    left = await sendRound(host, queue, left)
  }
  return left
}

const sendRound = async (host: Host, queue: Queue, waiting: readonly Waiting[]): Promise<readonly Waiting[]> => {
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
        if (refused.has(one.entry.id)) failed.add(one)
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

const trySend = async ({ mailbox, log }: Host, queue: Queue, batch: readonly Waiting[]): Promise<ReadonlyMap<string, string>> => {
  try {
    const failed = await mailbox.send(
      queue,
      batch.map((one) => one.entry),
    )
    if (failed.size > 0) log.write('warn', 'some messages were not sent', { queue, reasons: [...new Set(failed.values())] })
    return failed
  } catch (thrown) {
    log.write('warn', 'messages were not sent', { queue, error: (thrown as Error).message })
    return new Map(batch.map((one) => [one.entry.id, 'unknown']))
  }
}
