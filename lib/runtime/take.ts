// What an admitted message sets going: a handler, an answer, a flow. The draft changes only when it has come to its end.
import type { Admission } from '../core/admission.ts'
import type { Process } from '../core/definition.ts'
import type { Envelope } from '../core/envelope.ts'
import { Misfit, Undeliverable } from '../core/errors.ts'
import type { Again } from '../core/failure.ts'
import { applyCancelled, applyDriven, applyWaiting } from '../core/flow-hop.ts'
import { applyAnswer, applyHandled, type Draft } from '../core/hop.ts'
import { type FlowEvent, type FlowState, receiverOf, startFlow } from '../core/journal.ts'
import { flowsMax, rowsSweptMax, unreceivedMax } from '../core/limits.ts'
import { applySwept, rowKeyOf, rowsAfter, sweepOf } from '../core/row.ts'
import type { Engine, Running } from './flow.ts'
import { type Handler, handle } from './handle.ts'
import type { Scope } from './message.ts'
import { reactionOf } from './reaction.ts'

export type Admitted = Extract<Admission, { kind: 'handle' | 'flow' | 'sweep' | 'cancel' }>

/** How a message is taken. */
export interface Taking {
  readonly attempt: number
  /** Flows under way in this invocation, by id; each stands where the draft has it. */
  readonly runs: Map<string, Running>
  /** What a stashed message went through before. */
  readonly again?: Again
}

/** @throws whatever comes of it; then the draft is as it was */
export const take = async (scope: Scope, draft: Draft, envelope: Envelope, admitted: Admitted, taking: Taking): Promise<void> => {
  const now = scope.host.clock.now()
  switch (admitted.kind) {
    case 'flow':
      return resume(scope, draft, envelope, admitted, taking)
    case 'sweep':
      return sweep(scope, draft, envelope, admitted.after)
    case 'cancel':
      // Their code stands where it has not heard of it.
      taking.runs.clear()
      return applyCancelled(draft, envelope, admitted.type, now)
    case 'handle':
      break
  }
  const { process } = scope
  const { type, body } = admitted
  const reaction = reactionOf(process, type)
  if (reaction === undefined) throw new Undeliverable('missing-handler', `${process.contract.name} has no handler for ${type}`)
  const run = (handler: Handler): Promise<void> => runHandler(scope, draft, envelope, admitted, handler, taking.attempt)
  if (typeof reaction === 'function') return run(reaction)
  // An outcome comes under the name of a reply.
  const named: Envelope = type === envelope.type ? envelope : { ...envelope, type, body }
  if (reaction.kind === 'flow') return begin(scope, draft, envelope, named, taking)
  for (const flow of draft.flows) {
    const op = receiverOf(flow, type)
    if (op !== undefined) return resume(scope, draft, envelope, { flow, event: { op, at: now, value: named.body } }, taking)
  }
  if (draft.flows.length > 0) return keepForLater(draft, envelope, named, now)
  if (reaction.otherwise !== undefined) return run(reaction.otherwise)
  throw new Undeliverable(
    'not-received',
    `no flow of ${process.contract.name}/${draft.base.instance} runs that could receive ${type}: send it while one does, or declare flow.receivesOr(…)`,
  )
}

// What an earlier life has left is deleted as rows are, by effects of a commit: so a write that comes late loses against it.
const sweep = async ({ process, host }: Scope, draft: Draft, envelope: Envelope, after: string | undefined): Promise<void> => {
  const { instance } = draft.base
  const { rowsFrom = Number.POSITIVE_INFINITY } = draft
  const { from, to } = rowsAfter(after)
  const keys: string[] = []
  let seen = 0
  let last: string | undefined
  for await (const item of host.store.range(instance, from, to, { atOnce: rowsSweptMax })) {
    last = rowKeyOf(item)
    if (item.attributes.value !== undefined && Number(item.attributes.version) < rowsFrom) keys.push(last)
    if (++seen === rowsSweptMax) break
  }
  const next = seen < rowsSweptMax ? [] : sweepOf(process, instance, envelope, last)
  applySwept(draft, envelope, keys, next, host.clock.now())
}

const runHandler = async (
  scope: Scope,
  draft: Draft,
  envelope: Envelope,
  { as, type, body }: Extract<Admitted, { kind: 'handle' }>,
  handler: Handler,
  attempt: number,
): Promise<void> => {
  const { process, host, deadline } = scope
  const outcome = await handle(process, host, draft, { envelope, as, type, handler, body, attempt, deadline })
  applyHandled(draft, envelope, outcome, host.clock.now())
  if (outcome.answer !== undefined) applyAnswer(draft, envelope, outcome.answer)
}

const begin = (scope: Scope, draft: Draft, envelope: Envelope, named: Envelope, taking: Taking): Promise<void> => {
  if (draft.flows.length >= flowsMax)
    throw new Undeliverable('too-many-flows', `${draft.base.instance} has ${flowsMax} flows under way: use several instances`)
  return resume(scope, draft, envelope, { flow: startFlow(named, taking.again) }, taking)
}

interface Resumed {
  readonly flow: FlowState
  readonly event?: FlowEvent
}

const resume = async ({ process, host }: Scope, draft: Draft, envelope: Envelope, { flow, event }: Resumed, { runs }: Taking) => {
  if (flow.running) {
    // It has steps to do first, and meets this behind them.
    runs.delete(flow.id)
    const waiting = event === undefined ? flow : { ...flow, events: [...flow.events, event] }
    return applyWaiting(draft, envelope, waiting, host.clock.now())
  }
  const run = runs.get(flow.id) ?? openFlow(process, host, draft.base.instance, flow)
  // If it fails on the way, its code stands where no draft has it.
  runs.delete(flow.id)
  const driven = await run.drive(draft, { ...(event !== undefined && { event }), fired: envelope.timer })
  applyDriven(draft, envelope, driven, host.clock.now())
  if (driven.ended === undefined) runs.set(flow.id, run)
}

/** @throws Misfit if the code has no such flow any more */
export const openFlow = (process: Process, host: Scope['host'], instance: string, flow: FlowState): Running => {
  const reaction = reactionOf(process, flow.start.type)
  if (reaction !== undefined && 'engine' in reaction) return (reaction.engine as Engine).open(process, host, instance, flow)
  throw missingFlow(process, instance, flow)
}

/** The code has no such flow any more. */
export const missingFlow = ({ contract }: Process, instance: string, { start }: FlowState): Misfit =>
  new Misfit(
    'journal-mismatch',
    `${contract.name}/${instance} has a flow ${start.type} under way, which this code does not have: deploy code that has it`,
  )

const keepForLater = (draft: Draft, envelope: Envelope, { type, body }: Envelope, now: number): void => {
  if (draft.unreceived.length >= unreceivedMax)
    throw new Undeliverable(
      'too-many-unreceived',
      `${unreceivedMax} messages wait for flows of ${draft.base.instance} that do not receive them`,
    )
  applyWaiting(draft, envelope, { type, body, at: now }, now)
}
