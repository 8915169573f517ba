// The decisions of one hop: what an outcome does to the draft, and what is then committed.
//
// A draft begins as the record and is committed once for all messages of the instance in the unit. I3: what is sent is part of the commit.
// I6: a version is the base's plus one.
import { type Answer, answerIn } from './call.ts'
import { digest } from './digest.ts'
import { type Effect, type SendEffect, type TimerEffect, withoutAsking } from './effect.ts'
import { type Envelope, isKeyed } from './envelope.ts'
import { type Again, failureOf, type Reason } from './failure.ts'
import type { Held } from './held.ts'
import type { FlowState, Unreceived } from './journal.ts'
import {
  applyDemonitored,
  applyMonitored,
  applyNextRound,
  applyRound,
  isBeat,
  type Monitor,
  monitoredBy,
  silence,
} from './monitor.ts'
import { parseAddress } from './names.ts'
import type { Orders } from './orders.ts'
import type { Parked, Stash } from './park.ts'
import type { InstanceRecord, Redriven } from './record.ts'
import type { KeptReply } from './reply.ts'
import type { RowEffect } from './row.ts'
import { type SeenId, seenId } from './seen.ts'
import { type Call, isListed, monitorOutcome, nextDue, replyType, type Timer } from './waits.ts'

/** A record in the making. It belongs to one unit of one hop and is thrown away if the commit is lost. */
export interface Draft {
  readonly base: InstanceRecord
  /** JSON text, as in the record. */
  state: string | undefined
  schema: number
  view: string | undefined
  window: SeenId[]
  effects: Effect[]
  /** Bytes of what the effects carry, roughly. */
  effectsBytes: number
  readonly attempts: Map<string, number>
  awaits: string[]
  /** By name; those that this draft sets are effects still. */
  readonly timers: Map<string, Timer | TimerEffect>
  /** By digest of the request's id; those that this draft makes are effects still. */
  readonly calls: Map<string, Call>
  /** By address. */
  readonly monitors: Map<string, Monitor>
  replies: readonly KeptReply[]
  flows: readonly FlowState[]
  unreceived: readonly Unreceived[]
  /** Rows that this draft writes, by key. */
  rows: Map<string, RowEffect> | undefined
  /** The version from which on rows in the table count; undefined: none does, since the instance begins with this draft. */
  rowsFrom: number | undefined
  /** What the instance stands still on. */
  parked: Parked | undefined
  /** What it stood still on, while that is at the head of the stash. */
  redriven: Redriven | undefined
  stash: Stash
  /** What no queue would take. */
  held: readonly Held[]
  /** It stands still on what it holds. */
  still: boolean
  /** Messages that have failed for good, and nothing was done about them. */
  failed: number
  /** As in the record; it is committed with what it was taken for, or not at all. */
  paid: number | undefined
  /** Of supervisors. */
  orders: Orders
  changed: boolean
}

export const draftOf = (base: InstanceRecord): Draft => ({
  base,
  state: base.state,
  schema: base.schema,
  view: base.view,
  window: [...base.seen.window],
  effects: [],
  effectsBytes: 0,
  attempts: new Map(base.attempts),
  awaits: [...base.awaits],
  timers: new Map(base.waits.timers),
  calls: new Map(base.waits.calls),
  monitors: new Map(base.monitors),
  replies: base.replies,
  flows: base.flows.running,
  unreceived: base.flows.unreceived,
  rows: undefined,
  rowsFrom: base.exists ? base.rowsFrom : undefined,
  parked: base.parked,
  redriven: base.redriven,
  stash: base.stash,
  held: base.held,
  still: base.still,
  failed: base.failed,
  paid: base.paid,
  orders: base.orders,
  changed: false,
})

/** What a handler leaves: the state after it (undefined: ended), what is published, what is to be sent. */
export interface Handled {
  readonly state: string | undefined
  readonly schema: number
  readonly view: string | undefined
  readonly sends: readonly SendEffect[]
  /** By name; undefined: cancelled. */
  readonly timers: ReadonlyMap<string, TimerEffect | undefined>
  /** By key. */
  readonly rows?: ReadonlyMap<string, RowEffect> | undefined
  /** By address: begun anew, or given up. */
  readonly monitoring?: ReadonlyMap<string, 'begun' | 'gone'>
  /** Bytes of all that they carry. */
  readonly bytes: number
}

/** Whether its commit leaves something to be done. */
export const leavesEffects = ({ effects, rows }: Draft): boolean => effects.length > 0 || rows !== undefined

export const applyHandled = (draft: Draft, envelope: Envelope, handled: Handled, now: number): void => {
  settle(draft, envelope, now)
  applyLeft(draft, handled)
}

/** What a handler leaves, on the draft. */
export const applyLeft = (draft: Draft, handled: Handled): void => {
  draft.state = handled.state
  draft.schema = handled.schema
  draft.view = handled.view
  for (const [of, becomes] of handled.monitoring ?? [])
    becomes === 'begun' ? applyMonitored(draft, of) : applyDemonitored(draft, of)
  // One by one: a call takes no hundred thousand arguments.
  for (const send of handled.sends) draft.effects.push(send)
  for (const [name, timer] of handled.timers) {
    if (timer === undefined) draft.timers.delete(name)
    else setTimer(draft, timer)
  }
  if (handled.rows !== undefined) draft.rows = new Map([...(draft.rows ?? []), ...handled.rows])
  draft.effectsBytes += handled.bytes
  if (handled.state === undefined) {
    draft.timers.clear()
    draft.calls.clear()
    draft.monitors.clear()
    // Nobody is left who would hear the answers.
    draft.effects = draft.effects.map((effect) => (effect.kind === 'send' ? withoutAsking(effect) : effect))
    for (const { start } of draft.flows)
      applyAnswer(draft, start, { ok: false, code: 'ended', message: `${draft.base.instance} has ended` })
    draft.flows = []
    draft.unreceived = []
    draft.rows = undefined
    draft.rowsFrom = undefined
  }
}

/** Sets a timer with this commit, in the place of one of the same name. */
export const setTimer = (draft: Draft, timer: TimerEffect): void => {
  draft.timers.set(timer.name, timer)
  draft.effects.push(timer)
}

/** Where the answer to a request goes. */
export const applyAnswer = (draft: Draft, envelope: Envelope, answer: Answer): void => {
  const caller = envelope.reply === undefined ? undefined : parseAddress(envelope.reply)
  if (caller === undefined) return
  const { trace, id, hops } = envelope
  const body = { call: id, ...answer }
  draft.effects.push({
    kind: 'send',
    process: caller.process,
    to: caller.instance,
    type: replyType,
    body,
    trace,
    cause: id,
    hops: hops + 1,
  })
}

/** A request that was answered without a trace in the state: refused, by the callee's own choice. */
export const applyRefused = (draft: Draft, envelope: Envelope, answer: Answer, now: number): void => {
  settle(draft, envelope, now)
  applyAnswer(draft, envelope, answer)
}

export interface FailedForGood {
  /** What is kept of a message that the record listed: what its handler was to get, since it is listed no more. */
  readonly kept?: Envelope
  /** A flow waits for it still. */
  readonly staysListed?: boolean
  readonly reason: Reason
  readonly attempts: number
  readonly now: number
}

/** The message has failed for good: it is seen, and kept with its reason by an effect of the same commit. */
export const applySetAside = (draft: Draft, envelope: Envelope, failed: FailedForGood, again?: Again): void => {
  const failure = {
    ...failureOf(failed.kept ?? envelope, failed.reason, failed.attempts, failed.now),
    ...(again !== undefined && { again }),
  }
  // What nobody asked for must not stand in for what was.
  settle(draft, envelope, failed.now, failed.reason.code !== 'not-asked' && failed.staysListed !== true)
  draft.effects.push({ kind: 'fail', failure })
  draft.failed += 1
  draft.effectsBytes += failure.message.length
  if (failed.reason.code !== 'unknown-caller')
    applyAnswer(draft, envelope, { ok: false, code: failed.reason.code, message: failed.reason.text })
}

/** The answer of a direct call, kept for whoever asks again. @param text as JSON */
export const applyKeptReply = (draft: Draft, envelope: Envelope, text: string, now: number): void => {
  draft.replies = [...draft.replies, { id: digest(envelope.id), at: now, text, keyed: isKeyed(envelope) }]
}

/** The message is done with: it is seen, or no longer listed. @param genuine false where it only claims to be what is listed */
export const settle = (draft: Draft, envelope: Envelope, now: number, genuine = true): void => {
  const id = seenId(envelope)
  // One that was stashed is in the window since then.
  const isKnown = draft.stash.first < draft.stash.next && draft.window.some((one) => one.digest === id.digest)
  if ((!genuine || !isListed(envelope) || !unlist(draft, envelope, now)) && !isKnown) draft.window.push(id)
  draft.attempts.delete(id.digest)
  draft.awaits = draft.awaits.filter((one) => one !== id.digest)
  draft.changed = true
}

// A timer that comes again is set again by the commit that handles it, whatever becomes of the message. False if nothing listed it.
const unlist = (draft: Draft, { type, timer: name, body, id, trace }: Envelope, now: number): boolean => {
  const answered = type === replyType ? digest(String((body as { readonly call?: unknown } | null)?.call)) : undefined
  let found = false
  for (const [call, { of, outcome, timer }] of draft.calls) {
    if (call !== answered && timer !== name) continue
    draft.calls.delete(call)
    if (outcome === monitorOutcome) applyRound(draft, of, call === answered ? answerIn(body) : silence)
    else if (call === answered) draft.timers.delete(timer)
    found = true
  }
  const timer = name === undefined ? undefined : draft.timers.get(name)
  if (name === undefined || timer === undefined || !('id' in timer) || timer.id !== digest(id)) return found
  draft.timers.delete(name)
  const { due, every } = timer
  if (every !== undefined)
    setTimer(draft, { kind: 'timer', name, type, body, due: nextDue(due, every, now), every, trace, cause: id })
  if (isBeat({ type })) applyNextRound(draft, monitoredBy({ body }), { id, trace })
  return true
}
