// Flows with steps to do go on by themselves. Processes without timers have no flows, and bundle nothing of it.
import type { Process } from '../core/definition.ts'
import { Conflict, Defect, Misfit, Transient } from '../core/errors.ts'
import { applyDriven, applyGivenUp, applyTakenUp, type FlowEnd } from '../core/flow-hop.ts'
import { type Draft, draftOf } from '../core/hop.ts'
import { type FlowState, isTakenBy, triesOf } from '../core/journal.ts'
import type { Running, Steps } from './flow.ts'
import { diedOf, givenUpFor } from './flow-end.ts'
import type { Tried } from './flow-step.ts'
import type { Scope } from './message.ts'
import { commit, type HopProgress, type Standing } from './standing.ts'
import { openFlow } from './take.ts'

/**
 * A running flow goes on, step by step: each is done behind the commit that came to it, and committed with all up to the next. One that
 * this invocation has not brought here is taken up from another that did not come to its end: it may die of the step again, so that it has
 * taken it up is written ahead. Where too many died its steps fail; where they die of that too, it is given up.
 */
export const advance = async (scope: Scope, standing: Standing, flow: FlowState, progress: HopProgress): Promise<Standing> => {
  const { process, host, deadline } = scope
  const { instance } = standing.record
  const { attempts } = process.deploy
  const now = host.clock.now()
  const done = progress.done.get(flow.id) ?? new Map<number, Tried>()
  if (now >= deadline && done.size === 0)
    throw new Transient('out-of-time', `${instance}: the flow ${flow.start.type} goes on in the next invocation`)
  const draft = draftOf(standing.record)
  const tries = triesOf(flow, now)
  if (tries >= 2 * attempts) {
    giveUp(scope, draft, flow, diedOf(flow.start))
    return (await commit(scope, standing, draft, progress)).standing
  }
  const known = progress.runs.get(flow.id)
  if (known === undefined && !isTakenBy(flow, progress.by)) {
    progress.by ||= host.ids.nonce()
    applyTakenUp(draft, flow, { by: progress.by, until: now + takenUpMs(process) }, now)
    return (await commit(scope, standing, draft, progress)).standing
  }
  progress.runs.delete(flow.id)
  progress.done.set(flow.id, done)
  const run = await drive(scope, draft, flow, { known, steps: { deadline, exhausted: tries >= attempts, done } })
  const next = await commit(scope, standing, draft, progress)
  if (next.kind === 'won') progress.done.delete(flow.id)
  if (next.kind === 'won' && run !== undefined) progress.runs.set(flow.id, run)
  return next.standing
}

// By then its invocation is over, by clocks some minutes apart too, and what it was given has not yet come again: that hides for six times as
// long as the function may take.
const takenUpMs = ({ deploy }: Process): number => 5 * deploy.timeoutSeconds * 1000

// @returns its code as it stands then; undefined where it is over
const drive = async (
  scope: Scope,
  draft: Draft,
  flow: FlowState,
  { known, steps }: { readonly known: Running | undefined; readonly steps: Steps },
): Promise<Running | undefined> => {
  const { process, host } = scope
  try {
    const run = known ?? openFlow(process, host, draft.base.instance, flow)
    const driven = await run.drive(draft, { steps })
    applyDriven(draft, undefined, driven, host.clock.now())
    return driven.ended === undefined ? run : undefined
  } catch (thrown) {
    // What passes by itself is tried again: code that does not fit as well, unless somebody has given up.
    const passes = thrown instanceof Misfit ? flow.discarded !== true : isPassing(thrown)
    if (passes) throw thrown
    giveUp(scope, draft, flow, givenUpFor(flow.start, thrown))
    return undefined
  }
}

const giveUp = ({ process, host }: Scope, draft: Draft, flow: FlowState, end: FlowEnd): void => {
  applyGivenUp(draft, flow, end, host.clock.now())
  const { reason } = end
  const { instance } = draft.base
  const about = { process: process.contract.name, instance, id: flow.start.id, code: reason?.code, error: reason?.text }
  host.log.write('error', 'a flow is given up', about)
}

const isPassing = (thrown: unknown): boolean =>
  thrown instanceof Transient || thrown instanceof Conflict || thrown instanceof Defect
