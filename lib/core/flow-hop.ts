// What flows do to a draft.
import type { Answer } from './call.ts'
import { digest } from './digest.ts'
import { withoutAsking } from './effect.ts'
import type { Envelope } from './envelope.ts'
import { failureOf, type Reason } from './failure.ts'
import { applyAnswer, applyLeft, type Draft, type Handled, settle } from './hop.ts'
import {
  type FlowEvent,
  type FlowState,
  flowTimers,
  parseFlowTimer,
  receiverOf,
  type Taker,
  triesOf,
  type Unreceived,
} from './journal.ts'
import { takersMax } from './limits.ts'
import { replyType } from './waits.ts'

/** How far a flow was brought. */
export interface Driven extends Handled {
  readonly flow: FlowState
  readonly unreceived: readonly Unreceived[]
  /** It has come to its end: with an answer where it was asked, and with a reason where it failed. */
  readonly ended?: FlowEnd
}
export interface FlowEnd {
  readonly answer?: Answer
  readonly reason?: Reason
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
  if (ended !== undefined) applyEnded(draft, flow, ended, now)
}

/** A flow whose code cannot be run is over as it stands: nothing of what it did is undone. */
export const applyGivenUp = (draft: Draft, flow: FlowState, ended: FlowEnd, now: number): void => {
  draft.flows = draft.flows.filter(({ id }) => id !== flow.id)
  if (draft.flows.length === 0) draft.unreceived = []
  draft.changed = true
  applyEnded(draft, flow, ended, now)
}

// It leaves nothing behind that waits, and tells whoever asked.
const applyEnded = (draft: Draft, flow: FlowState, ended: FlowEnd, now: number): void => {
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

/** An operation of a flow, and what is to come of it. */
export interface Awaited {
  readonly flow: FlowState
  readonly op: number
}

/** What a message was to bring further; undefined where no flow waits for it. */
export const awaitedBy = ({ flows, calls }: Draft, { type, timer, body }: Envelope): Awaited | undefined => {
  const asked = type === replyType ? calls.get(digest(String((body as { readonly call?: unknown } | null)?.call)))?.timer : timer
  const { flow: id, op = -1 } = parseFlowTimer(asked ?? '') ?? {}
  const flow = flows.find((one) => one.id === id)
  return flow && { flow, op }
}

/** As `awaitedBy`, where the message is one that a flow receives. */
export const receivedBy = ({ flows }: Draft, { type }: Pick<Envelope, 'type'>): Awaited | undefined => {
  for (const flow of flows) {
    const op = receiverOf(flow, type)
    if (op !== undefined) return { flow, op }
  }
  return undefined
}

/**
 * What a flow waits for will never come: that is what has come of it. The flow goes on by itself.
 * @param discarded as in its state
 */
export const applyFailedFor = (
  draft: Draft,
  { flow: { id }, op }: Awaited,
  error: { readonly code: string; readonly message: string },
  now: number,
  discarded = false,
): void => {
  const event: FlowEvent = { op, at: now, error }
  draft.flows = draft.flows.map((one) =>
    one.id === id ? { ...one, events: [...one.events, event], running: true, ...(discarded && { discarded }) } : one,
  )
  draft.changed = true
}

/** A running flow is taken up once more, before it goes on. Those who died over it before are counted. */
export const applyTakenUp = (draft: Draft, flow: FlowState, taker: Taker, now: number): void => {
  const { takers = [] } = flow
  const atIt = [...takers.filter(({ until }) => until >= now), taker].slice(-takersMax)
  const tries = triesOf(flow, now)
  draft.flows = draft.flows.map((one) => (one.id === flow.id ? { ...one, ...(tries > 0 && { tries }), takers: atIt } : one))
  draft.changed = true
}

/** Whoever took it up has not died of it. */
export const applyLetGo = (draft: Draft, by: string): void => {
  draft.flows = draft.flows.map(({ takers = [], ...flow }) => {
    const left = takers.filter((one) => one.by !== by)
    return left.length === 0 ? flow : { ...flow, takers: left }
  })
  draft.changed = true
}
