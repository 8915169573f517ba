// What flows do to a draft.
import type { Answer } from './call.ts'
import { withoutAsking } from './effect.ts'
import type { Envelope } from './envelope.ts'
import { failureOf, type Reason } from './failure.ts'
import { applyAnswer, applyLeft, type Draft, type Handled, settle } from './hop.ts'
import { type FlowState, flowTimers, type Unreceived } from './journal.ts'

/** How far a flow was brought. */
export interface Driven extends Handled {
  readonly flow: FlowState
  readonly unreceived: readonly Unreceived[]
  /** It has come to its end: with an answer where it was asked, and with a reason where it failed. */
  readonly ended?: { readonly answer?: Answer; readonly reason?: Reason }
}

/** @param envelope that brought it so far; undefined where it went on by itself */
export const applyDriven = (draft: Draft, envelope: Envelope | undefined, driven: Driven, now: number): void => {
  if (envelope !== undefined) settle(draft, envelope, now)
  const { flow, ended } = driven
  const others = draft.flows.filter(({ id }) => id !== flow.id)
  draft.flows = ended === undefined ? [...others, flow] : others
  draft.unreceived = draft.flows.length === 0 ? [] : driven.unreceived
  draft.changed = true
  applyLeft(draft, driven)
  if (ended === undefined) return
  for (const [call, { timer }] of draft.calls) if (timer.startsWith(flowTimers(flow.id))) draft.calls.delete(call)
  for (const timer of draft.timers.keys()) if (timer.startsWith(flowTimers(flow.id))) draft.timers.delete(timer)
  // What it has asked in this very commit it does not wait for either.
  draft.effects = draft.effects.map((effect) =>
    effect.kind === 'send' && effect.asks?.timer.startsWith(flowTimers(flow.id)) ? withoutAsking(effect) : effect,
  )
  if (ended.reason !== undefined) {
    const failure = failureOf(flow.start, ended.reason, 1, now)
    draft.effects.push({ kind: 'fail', failure: { ...failure, ...(flow.again !== undefined && { again: flow.again }) } })
    draft.failed += 1
  }
  if (ended.answer !== undefined) applyAnswer(draft, flow.start, ended.answer)
}

/** A message that some flow may receive later, or something that a flow will see when it goes on. */
export const applyWaiting = (draft: Draft, envelope: Envelope, waiting: Unreceived | FlowState, now: number): void => {
  settle(draft, envelope, now)
  if ('id' in waiting) draft.flows = draft.flows.map((one) => (one.id === waiting.id ? waiting : one))
  else draft.unreceived = [...draft.unreceived, waiting]
}

/** All flows, or those of one type, are to end: they run on to where they notice. */
export const applyCancelled = (draft: Draft, envelope: Envelope, type: string | undefined, now: number): void => {
  settle(draft, envelope, now)
  draft.flows = draft.flows.map((flow) => {
    if (type !== undefined && flow.start.type !== type) return flow
    return { ...flow, events: [...flow.events, { cancelled: true, at: now }], running: true }
  })
}

/** Counts that a running flow was taken up once more, before it goes on. */
export const applyTakenUp = (draft: Draft, flow: FlowState): void => {
  draft.flows = draft.flows.map((one) => (one.id === flow.id ? { ...one, tries: (one.tries ?? 0) + 1 } : one))
  draft.changed = true
}
