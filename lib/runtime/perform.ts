// Performing effects: failures are kept, parcels are sent. Parcels of all instances are merged per queue; the answer is reconciled by id.
//
// I7: the same record gives the same parcels, so that a second performance repeats the first.
import { deduplicationOf, shardOf } from '../core/digest.ts'
import { type Commit, type Effect, messageId, parcelsOf, timerEnvelopeOf } from '../core/effect.ts'
import { encodeEnvelope } from '../core/envelope.ts'
import { describeError, Refused } from '../core/errors.ts'
import { deadLetterOf, type Failure, failedSk, failureItems } from '../core/failure.ts'
import { type RefusedLane, receiversOf } from '../core/held.ts'
import type { Item } from '../core/item.ts'
import { batchesAtOnce, delaySecondsMax, rowsAtOnce } from '../core/limits.ts'
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
import { sendAll, type Waiting } from './send.ts'

/** What one owner wants done; it is done only when all of it is. */
export interface Outbox {
  /** Partition of the failures; names the owner. */
  readonly owner: string
  readonly failures: readonly Failure[]
  /** Of the table; writing them again changes nothing. */
  readonly items: readonly OutItem[]
  readonly parcels: readonly OutParcel[]
  /** Timers that no queue can hold so long. */
  readonly schedules: readonly OutSchedule[]
}

interface OutSchedule extends Schedule {
  /** The effect that it is. */
  readonly effect: number
}

interface OutItem {
  readonly item: Item
  readonly condition?: Condition
}

interface OutParcel extends Pick<Waiting, 'bytes' | 'lane' | 'effects'> {
  readonly queue: Queue
  readonly entry: Omit<Entry, 'id'>
}

export const outboxOf = ({ mailbox, clock }: Host, process: string, record: InstanceRecord): Outbox => {
  const commit = { process, instance: record.instance, version: record.version, at: record.at }
  const failures = record.effects.flatMap((effect) => (effect.kind === 'fail' ? [effect.failure] : []))
  const waiting = receiversOf(record.held)
  const sends = parcelsOf(commit, record.effects, (receiver) => waiting.has(receiver))
  const parcels = sends.map(({ process: to, to: group, body, bytes, deduplication, effects }) => ({
    queue: queueTo(mailbox, to, group),
    entry: { body, group, deduplication },
    bytes,
    lane: `${record.instance}>${group}`,
    effects,
  }))
  const timers = timersOf(commit, record, clock.now())
  return {
    ...failuresOutbox(process, record.instance, failures, [...parcels, ...timers.parcels]),
    schedules: timers.schedules,
    items: record.effects.flatMap((effect) => itemsOf(record, effect)),
  }
}

// Where nothing leads to, the send itself says so.
const queueTo = (mailbox: Host['mailbox'], process: string, group: string): Queue => {
  try {
    return { role: 'mailbox', process, shard: shardOf(group, mailbox.shards(process)) }
  } catch {
    return { role: 'mailbox', process }
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
  const schedules: OutSchedule[] = []
  effects.forEach((effect, index) => {
    if ((effect.kind !== 'timer' && effect.kind !== 'forward') || effect.due === undefined) return
    const { due } = effect
    const { messageId: name, body } =
      effect.kind === 'forward'
        ? { messageId: effect.id, body: effect.text }
        : { messageId: messageId(commit, index), body: encodeEnvelope(timerEnvelopeOf(commit, index, effect)) }
    const id = deduplicationOf(name, address(commit.process, instance))
    const delaySeconds = Math.max(0, Math.ceil((due - now) / 1000))
    if (delaySeconds > delaySecondsMax) schedules.push({ id, at: due, body, effect: index })
    else
      parcels.push({
        queue: { role: 'timer', process: commit.process },
        entry: { body, group: instance, deduplication: id, delaySeconds },
        bytes: Buffer.byteLength(body),
        lane: name,
        effects: [index],
      })
  })
  return { parcels, schedules }
}

/** Answers to pings. No record holds them: where one could not be sent, the ping comes again, and where it never can be, it is over. */
export const pongsOutbox = ({ mailbox }: Host, owner: string, pongs: readonly Pong[]): Outbox => {
  const parcels = pongs.map(({ process, envelope }) => {
    const { id, to: group } = envelope
    const body = encodeEnvelope(envelope)
    return {
      queue: queueTo(mailbox, process, group),
      entry: { body, group, deduplication: deduplicationOf(id, address(process, group)) },
      bytes: Buffer.byteLength(body),
      lane: `${owner}>${group}`,
      effects: [],
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
      effects: [],
    }
  })
  return { owner, failures, parcels: [...parcels, ...copies], schedules: [], items: [] }
}

/** What of an owner's outbox is not known to be done. */
export interface Undone {
  /** Something of it may pass by itself. */
  mayPass: boolean
  /** What is refused for good. */
  readonly refused: RefusedLane[]
}

/** @returns what is not known to be done, by owner */
export const perform = async (host: Host, outboxes: readonly Outbox[]): Promise<ReadonlyMap<string, Undone>> => {
  const undone = new Map<string, Undone>()
  const undoneOf = (owner: string): Undone => {
    const one = undone.get(owner) ?? { mayPass: false, refused: [] }
    undone.set(owner, one)
    return one
  }
  await Promise.all(
    outboxes.map((outbox) =>
      keepAndSchedule(host, outbox, (lane) => undoneOf(outbox.owner).refused.push(lane)).catch((thrown: unknown) => {
        host.log.write('warn', 'a failed message could not be kept, or a timer not be set', {
          instance: outbox.owner,
          error: describeError(thrown).message,
        })
        undoneOf(outbox.owner).mayPass = true
      }),
    ),
  )
  const queues = new Map<string, { queue: Queue; waiting: Waiting[] }>()
  for (const { owner, parcels } of outboxes) {
    if (undone.get(owner)?.mayPass) continue
    for (const { queue, entry, ...parcel } of parcels) {
      const name = `${queue.role} ${queue.process} ${queue.shard ?? 0}`
      const line = queues.get(name) ?? { queue, waiting: [] }
      queues.set(name, line)
      line.waiting.push({ ...parcel, owner, entry: { ...entry, id: String(line.waiting.length) } })
    }
  }
  await Promise.all(
    [...queues.values()].map(async ({ queue, waiting }) => {
      const { left, refused } = await sendAll(host, queue, waiting)
      for (const { owner } of left) undoneOf(owner).mayPass = true
      for (const { error, unsent } of refused) noteRefused(queue, error, unsent, undoneOf)
    }),
  )
  return undone
}

const noteRefused = (queue: Queue, error: string, unsent: readonly Waiting[], undoneOf: (owner: string) => Undone): void => {
  const [first] = unsent
  if (first === undefined) return
  const effects = unsent.flatMap((one) => one.effects)
  if (effects.length > 0) undoneOf(first.owner).refused.push({ error, effects })
  // An answer to a ping that can never be given is missed by whoever asks. A dead letter has no other place to be.
  else if (queue.role !== 'mailbox') undoneOf(first.owner).mayPass = true
}

const keepAndSchedule = async (
  { store, scheduler, meter }: Host,
  { owner, failures, items, schedules }: Outbox,
  refused: (lane: RefusedLane) => void,
): Promise<void> => {
  await pooled(schedules, batchesAtOnce, ({ effect, ...schedule }) =>
    scheduler.schedule(schedule).catch((thrown: unknown) => {
      if (!(thrown instanceof Refused)) throw thrown
      refused({ error: thrown.message, effects: [effect] })
    }),
  )
  const rows = items.filter(({ condition }) => condition !== undefined).length
  if (rows > 0) meter.add('RowWrites', rows)
  await pooled(items, rowsAtOnce, ({ item, condition }) => store.put(item, condition))
  for (const failure of failures) {
    for (const item of failureItems(owner, failure)) await store.put(item)
    meter.add('SetAside', 1)
  }
}
