// What a draft comes to: the record that is committed, with the next version (I6), and the listing of all that it sets, asks and sends to itself.
import type { Blueprint } from './definition.ts'
import { digest } from './digest.ts'
import { type Commit, type Effect, messageId } from './effect.ts'
import { heldWith } from './held.ts'
import type { Draft } from './hop.ts'
import type { Item } from './item.ts'
import { address } from './names.ts'
import type { InstanceRecord } from './record.ts'
import { moveReplies } from './reply.ts'
import { evict } from './seen.ts'
import type { Timer } from './waits.ts'

/** Whether an effect is an internal message of an instance to itself: the record lists it until it has come. */
export const isAwaited = (effect: Effect, { contract, internal }: Blueprint, instance: string): boolean =>
  effect.kind === 'send' && effect.process === contract.name && effect.to === instance && Object.hasOwn(internal, effect.type)

/** What a draft comes to: the record to be committed, and the items of evicted ids that go before it. */
export interface Conclusion {
  readonly record: InstanceRecord
  readonly evicted: readonly Item[]
}

/**
 * Concludes a draft.
 * @param moment now, in ms since 1970. A record made from nothing starts at version now × 1000 and then has no gaps, so that ids and
 *   versions never repeat when an instance begins again after its tombstone has expired
 */
export const conclude = (
  draft: Draft,
  process: Blueprint,
  moment: { readonly now: number; readonly nonce: string },
): Conclusion => {
  const { base } = draft
  const version = base.exists ? base.version + 1 : moment.now * 1000
  const commit = { process: process.contract.name, instance: base.instance, version, at: moment.now }
  // Timers that were replaced or cancelled since have no need to come.
  const kept = draft.effects.filter((effect) => effect.kind !== 'timer' || draft.timers.get(effect.name) === effect)
  const effects = draft.rows === undefined ? kept : [...kept, ...draft.rows.values()]
  const listed = listedOf(draft, process, commit, effects)
  const { replies, items: moved } = moveReplies(base.instance, base.replies, draft.replies, moment.now)
  const { seen, items } = evict(base.instance, base.seen, { ...base.seen, window: draft.window }, version)
  const record: InstanceRecord = {
    instance: base.instance,
    exists: true,
    version,
    nonce: moment.nonce,
    at: moment.now,
    schema: draft.schema,
    state: draft.state,
    view: draft.view,
    seen,
    effects,
    attempts: draft.attempts,
    ...listed,
    replies,
    parked: draft.parked,
    redriven: draft.redriven,
    stash: draft.stash,
    ...heldWith(draft, commit, effects),
    failed: draft.failed,
    paid: draft.paid,
    orders: draft.orders,
    monitors: draft.monitors,
    flows: { running: draft.flows, unreceived: draft.unreceived },
    rowsFrom: draft.rowsFrom ?? (process.rows === undefined && base.rowsFrom === 0 ? 0 : version),
    pages: base.pages,
  }
  return { record, evicted: [...items, ...moved] }
}

// What is set, asked and sent to itself is listed by the id that this commit gives it.
const listedOf = (
  draft: Draft,
  process: Blueprint,
  commit: Commit,
  effects: readonly Effect[],
): Pick<InstanceRecord, 'awaits' | 'waits'> => {
  const awaits = [...draft.awaits]
  const timers = new Map<string, Timer>()
  for (const [name, timer] of draft.timers) if ('id' in timer) timers.set(name, timer)
  const calls = new Map(draft.calls)
  effects.forEach((effect, index) => {
    const id = (): string => digest(messageId(commit, index))
    if (effect.kind === 'timer') {
      const { name, due, every } = effect
      timers.set(name, { id: id(), due, ...(every !== undefined && { every }) })
    } else if (isAwaited(effect, process, commit.instance)) awaits.push(id())
    else if (effect.kind === 'send' && effect.asks !== undefined)
      calls.set(id(), { of: address(effect.process, effect.to), ...effect.asks })
  })
  return { awaits, waits: { timers, calls } }
}
