// The journal of a flow: what it did and what came of it, in the order in which it came, as data of the record. Replayed, it brings the
// flow's code to where it waits.
//
// An operation is known by its place among the flow's operations, and checked by its label. Events are delivered one at a time in the
// order of the journal, so that code which awaits several operations meets them again in the same order.
import { digest } from './digest.ts'
import type { Envelope } from './envelope.ts'
import type { Again } from './failure.ts'

export const journalVersion = 1

/** What came of an operation, or that the flow was cancelled. `at`: ms since 1970. */
export type FlowEvent =
  | { readonly op: number; readonly at: number; readonly value?: unknown }
  | { readonly op: number; readonly at: number; readonly error: { readonly code: string; readonly message: string } }
  | { readonly cancelled: true; readonly at: number }

/** An operation by its label, `step receipt`; with its value where it had one at once, or with what it threw at once. */
export type FlowOp = string | readonly [label: string, value: unknown] | readonly [label: string, value: null, thrown: Thrown]

/** An error, as the journal has it. */
export interface Thrown {
  readonly name: string
  /** Of an error of Gavotte. */
  readonly code?: string
  readonly message: string
}

export interface FlowState {
  readonly v: number
  /** Digest of the first message's id. */
  readonly id: string
  /** The message that began it. */
  readonly start: Envelope
  /** What that message went through before. */
  readonly again?: Again
  readonly ops: readonly FlowOp[]
  readonly events: readonly FlowEvent[]
  /** Steps are to be done: it goes on without a message. */
  readonly running?: true
  /** Invocations that took it up while it was running and died over it. */
  readonly tries?: number
  /** Those that took it up and may be at it still. */
  readonly takers?: readonly Taker[]
  /** Somebody gave up what was to bring it further, since its code did not fit: it is given up too unless it does now. */
  readonly discarded?: true
  /** Failed tries of steps, by operation. */
  readonly retries?: { readonly [op: number]: number }
}

/** An invocation that took up a flow with steps to do. */
export interface Taker {
  /** Names the invocation. */
  readonly by: string
  /** When it must have come to its end, ms since 1970: if it is listed then, it has died. */
  readonly until: number
}

/** A message that a flow may receive later. */
export interface Unreceived {
  readonly type: string
  readonly body: unknown
  /** ms since 1970. */
  readonly at: number
}

export interface Flows {
  readonly running: readonly FlowState[]
  readonly unreceived: readonly Unreceived[]
}
export const noFlows: Flows = { running: [], unreceived: [] }

export const encodeFlows = (flows: Flows): string | undefined =>
  flows.running.length + flows.unreceived.length === 0 ? undefined : JSON.stringify(flows)
export const decodeFlows = (text: string | undefined): Flows => (text === undefined ? noFlows : (JSON.parse(text) as Flows))

export const startFlow = (start: Envelope, again?: Again): FlowState => ({
  v: journalVersion,
  id: digest(start.id),
  start,
  ...(again !== undefined && { again }),
  ops: [],
  events: [],
})

export const labelOf = (op: FlowOp): string => (typeof op === 'string' ? op : op[0])

/** What it threw at once: nothing else will come of it. */
export const thrownBy = (op: FlowOp): Thrown | undefined => (typeof op === 'string' ? undefined : op[2])

/** How many invocations have died over a flow that has steps to do. */
export const triesOf = ({ tries = 0, takers = [] }: FlowState, now: number): number =>
  tries + takers.filter(({ until }) => until < now).length

/** Whether this invocation has taken it up, and nobody has brought it further since. */
export const isTakenBy = ({ takers = [] }: FlowState, by: string): boolean => takers.some((one) => one.by === by)

/** The first operation of the flow that waits for a message of this type; undefined if none does. */
export const receiverOf = ({ ops, events }: FlowState, type: string): number | undefined => {
  const label = receiveLabel(type)
  const waiting = new Set(ops.flatMap((op, n) => (labelOf(op) === label && thrownBy(op) === undefined ? [n] : [])))
  for (const event of events) if ('op' in event) waiting.delete(event.op)
  const [first] = waiting
  return first
}
export const receiveLabel = (type: string): string => `receive ${type}`

/** The name of the timer that ends the wait of an operation. */
export const flowTimer = (flow: string, op: number): string => `${flowTimers(flow)}${op}`
/** How the names of all timers of a flow begin. */
export const flowTimers = (flow: string): string => `~flow/${flow}/`
export const parseFlowTimer = (name: string): { readonly flow: string; readonly op: number } | undefined => {
  const [, flow = '', op = ''] = /^~flow\/([^/]+)\/(\d+)$/.exec(name) ?? []
  return flow === '' ? undefined : { flow, op: Number(op) }
}

/** What the journal says and what the code does, side by side. */
export const mismatch = (flow: FlowState, at: number, found: string | undefined): string => {
  const recorded = flow.ops[at]
  const journal = recorded === undefined ? 'nothing' : `"${labelOf(recorded)}"`
  return (
    `the flow ${flow.start.type} (${flow.start.id}) no longer fits its journal at operation ${at}: the journal has ${journal}, ` +
    `the code ${found === undefined ? 'comes to its end or awaits something else' : `does "${found}"`}. ` +
    `Deploy code that does what was done, and put what is new behind it or in a flow of another name`
  )
}
