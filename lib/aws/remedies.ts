// What an operator wants done, asked of the instance by a control message, and what became of it as the table shows it.
//
// The instance itself decides, so that a redrive keeps its place in the order and is done once, whoever else asks at the same time.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Effect } from '../core/effect.ts'
import type { Envelope } from '../core/envelope.ts'
import { Rejected } from '../core/errors.ts'
import { failedSk, type Reason, whyDiscardOnly } from '../core/failure.ts'
import { failedIdOf } from '../core/held.ts'
import type { Attribute } from '../core/item.ts'
import { inlineBytesMax } from '../core/limits.ts'
import { resolvedItem, resolvedSk, stashRange } from '../core/park.ts'
import type { InstanceRecord } from '../core/record.ts'
import { discardType, redriveType } from '../core/waits.ts'
import { readRecord } from '../runtime/records.ts'
import type { Connection } from './connection.ts'
import { type FailedName, type Resolution, resolutionOf } from './failures.ts'
import { type FailedDetail, showFailed, storeOf } from './show.ts'
import type { DynamoStore } from './store.ts'

/** What became of it. */
export type Remedied =
  /** It was handled, or given up. */
  | { readonly kind: 'done'; readonly resolution: Resolution }
  /** It was tried again and has failed for good once more, as another round. */
  | { readonly kind: 'failed-again'; readonly code: Reason['code']; readonly reason: string }
  /** It is tried once something is done about `behind`, on which the instance stands still. */
  | { readonly kind: 'stashed'; readonly behind: string }
  /** Nothing is known yet. It goes on by itself: look at it later. */
  | { readonly kind: 'pending' }

export interface Told {
  readonly by?: string
  readonly why?: string
  readonly waitMs: number
}

export const redrive = async (
  connection: Connection,
  name: FailedName,
  { body, waitMs, ...said }: Told & { readonly body?: unknown },
): Promise<Remedied> => {
  const failed = await demandOpen(connection, name)
  if (failed.envelope === undefined)
    throw new Rejected('no-message', `${placeOf(name)} never was a message: send it anew as it should be, and discard this one`)
  const why = failed.parked === undefined ? whyDiscardOnly(failed.envelope, failed.code) : undefined
  if (why !== undefined)
    throw new Rejected('discard-only', `${placeOf(name)}: ${why}. Discard it, and send anew what is still wanted`)
  const bytes = body === undefined ? 0 : Buffer.byteLength(JSON.stringify(body))
  if (bytes > inlineBytesMax)
    throw new Rejected(
      'too-large',
      `the new body has ${bytes} bytes, at most ${inlineBytesMax}: discard this one and send another`,
    )
  if (body !== undefined && failed.code === 'not-sent')
    throw new Rejected(
      'not-editable',
      `${placeOf(name)} belongs to a commit, which sent it as it is: redrive it so, or discard it and send another`,
    )
  const store = storeOf(connection.table(name.process))
  const before = await readRecord(store, name.instance)
  await post(connection, name, redriveType, { ...said, ...(body !== undefined && { body }) })
  const wasParked = before.parked?.id === name.id
  const isUnderWay = async (record: InstanceRecord): Promise<boolean> =>
    (record.parked === undefined && record.redriven?.id === name.id) ||
    (!wasParked && (await isStashed(store, record, failed, before.stash.next)))
  return poll(waitMs, () => afterRedrive(store, failed, isUnderWay))
}

export const discard = async (connection: Connection, name: FailedName, { waitMs, ...said }: Told): Promise<Remedied> => {
  const { envelope, round } = await demandOpen(connection, name)
  const { process, instance, id } = name
  const store = storeOf(connection.table(process))
  // No instance knows of what never was a message, so there is nobody to ask.
  if (envelope === undefined)
    await store.put(resolvedItem(instance, { kind: 'resolve', id, round, how: 'discarded', at: Date.now(), ...said }), {
      kind: 'absent',
    })
  else await post(connection, name, discardType, said)
  return poll(waitMs, async () => {
    const item = await store.get(instance, resolvedSk(id, round))
    return item && { kind: 'done', resolution: resolutionOf(process, item) }
  })
}

const placeOf = ({ process, instance, id }: FailedName): string => `${id} of ${process}/${instance}`

const demandOpen = async (connection: Connection, name: FailedName): Promise<FailedDetail> => {
  const failed = await showFailed(connection.table(name.process), name)
  if (failed === undefined)
    throw new Rejected('not-failed', `${placeOf(name)} is no message that has failed: see which have with \`gavotte failed\``)
  const done = failed.rounds.at(-1)?.resolution
  if (done === undefined) return failed
  const who = done.by === undefined ? '' : ` by ${done.by}`
  throw new Rejected(
    'resolved',
    `${placeOf(name)} was ${done.how}${who} at ${new Date(done.at).toISOString()}: nothing is left to do`,
  )
}

const post = (connection: Connection, { process, instance, id }: FailedName, type: string, said: object): Promise<unknown> =>
  connection.post({ process, instance, type, body: { id, ...said } })

const firstPauseMs = 50
const pauseMsMax = 1000

const poll = async (waitMs: number, look: () => Promise<Remedied | undefined>): Promise<Remedied> => {
  const until = Date.now() + waitMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMsMax, pauseMs * 1.5)) {
    const seen = await look()
    if (seen !== undefined) return seen
    const leftMs = until - Date.now()
    if (leftMs <= 0) return { kind: 'pending' }
    await sleep(Math.min(pauseMs, leftMs))
  }
}

// What is read later is newer, so the order matters: that it is no longer under way, then whether its end is performed, then the end.
const afterRedrive = async (
  store: DynamoStore,
  { process, instance, id, round }: FailedDetail,
  isUnderWay: (record: InstanceRecord) => Promise<boolean>,
): Promise<Remedied | undefined> => {
  const done = await store.get(instance, resolvedSk(id, round))
  if (done === undefined) return undefined
  const asked = await readRecord(store, instance)
  if (await isUnderWay(asked)) {
    const behind = asked.parked?.id ?? (asked.still ? asked.held.map(failedIdOf)[0] : undefined)
    return behind === undefined ? undefined : { kind: 'stashed', behind }
  }
  const { effects } = await readRecord(store, instance)
  if (effects.some((effect) => isUndone(effect, id))) return undefined
  const again = await store.get(instance, failedSk(id, round + 1))
  if (again === undefined) return { kind: 'done', resolution: resolutionOf(process, done) }
  return { kind: 'failed-again', code: again.attributes.code as Reason['code'], reason: String(again.attributes.reason) }
}

const isUndone = (effect: Effect, id: string): boolean =>
  (effect.kind === 'fail' && effect.failure.id === id) || (effect.kind === 'forward' && failedIdOf(effect) === id)

/** Whether it waits in the stash, or is about to. @param from the number that the next message would have had before */
const isStashed = async (
  store: DynamoStore,
  { instance, stash, effects }: InstanceRecord,
  { id, round }: FailedDetail,
  from: number,
): Promise<boolean> => {
  const isIt = (again: Attribute | undefined, message: Attribute | undefined): boolean =>
    again === round + 1 && (typeof message !== 'string' || (JSON.parse(message) as Partial<Envelope>).id === id)
  if (effects.some((effect) => effect.kind === 'stash' && isIt(effect.again?.round, effect.message))) return true
  if (stash.next <= Math.max(from, stash.first)) return false
  const { from: least, to: most } = stashRange(Math.max(from, stash.first), stash.next)
  for await (const { attributes } of store.range(instance, least, most))
    if (isIt(attributes.round, attributes.message)) return true
  return false
}
