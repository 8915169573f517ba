// The hop of one instance: load, recover, handle, commit, again until no message is left. Performing the last commit and acknowledging
// are left to the caller, who merges them with those of other instances.
//
// I5: effects that the record holds and this environment does not know to be done are done before any new message, also after a lost race.
// I1, I2: nothing is dropped, refused or counted on the word of a cached record unless it is monotone (seen) or ends in the conditional write.

import { applyAttempts, attemptsOf } from '../core/attempts.ts'
import { delaySeconds, vainSeconds } from '../core/backoff.ts'
import { conclude } from '../core/conclude.ts'
import { Conflict, describeError, Transient } from '../core/errors.ts'
import { applyDriven, applyTakenUp } from '../core/flow-hop.ts'
import { type Draft, draftOf } from '../core/hop.ts'
import type { FlowState } from '../core/journal.ts'
import { effectsBytesMax, unitMessagesMax } from '../core/limits.ts'
import type { Pong } from '../core/monitor.ts'
import { isDraining } from '../core/park.ts'
import type { Delivery } from '../ports/mailbox.ts'
import { drain } from './drain.ts'
import { type Message, type Scope, stepMessage } from './message.ts'
import { commitRecord } from './records.ts'
import {
  begin,
  commit,
  type HopProgress,
  isRedelivered,
  load,
  type Progress,
  recover,
  reload,
  type Standing,
} from './standing.ts'
import { openFlow } from './take.ts'
import { renewWakes, sendWake } from './wake.ts'

/** `returned`: deliveries that are not acknowledged, with the seconds to hide them. `standing` is missing where nothing is known. */
export interface Hop {
  readonly instance: string
  readonly messages: readonly Message[]
  readonly standing?: Standing
  readonly returned: ReadonlyMap<Delivery, number>
  /** Answers to pings, to be sent by the caller. */
  readonly pongs: readonly Pong[]
}

/** Every delivery of the messages, hidden according to how often it came, or as long as is known to be in vain. */
export const returnAll = (
  { host, process }: Scope,
  messages: readonly Message[],
  afterMs?: number,
): ReadonlyMap<Delivery, number> =>
  new Map(
    messages.map(({ delivery }) => {
      const { receiveCount } = delivery
      return [
        delivery,
        afterMs === undefined ? vainSeconds(receiveCount, host.ids.dice(), process.deploy) : delaySeconds(afterMs, receiveCount),
      ]
    }),
  )

/** Runs the messages of one instance in their order. Never throws: what could not be done is returned. */
export const runHop = async (scope: Scope, instance: string, messages: readonly Message[]): Promise<Hop> => {
  const progress: HopProgress = {
    left: messages,
    returned: new Map(),
    pongs: [],
    conflicts: 0,
    begun: undefined,
    runs: new Map(),
    renewed: new Set(),
  }
  try {
    let standing = await load(scope, instance)
    for (;;) {
      const { parked, flows } = standing.record
      const due = parked === undefined ? flows.running.find((flow) => flow.running) : undefined
      // What the last commit sends is left to the caller, who merges it with that of others.
      if (due === undefined && progress.left.length === 0 && !isDraining(standing.record))
        return { instance, messages, standing, returned: progress.returned, pongs: progress.pongs }
      if (!standing.performed) standing = await recover(scope, standing)
      standing = await next(scope, standing, progress, due)
    }
  } catch (thrown) {
    const expected = thrown instanceof Transient || thrown instanceof Conflict
    scope.host.log.write(expected ? 'warn' : 'error', 'messages are returned to the queue', {
      process: scope.process.contract.name,
      instance,
      error: describeError(thrown).message,
    })
    scope.cache.delete(instance)
    await lift(scope, progress)
    const afterMs = thrown instanceof Transient ? thrown.afterMs : undefined
    const left = messages.filter((one) => !progress.renewed.has(one))
    return { instance, messages, returned: returnAll(scope, left, afterMs), pongs: [] }
  }
}

// What is stashed comes first, then flows that have steps to do, then new messages.
const next = async (scope: Scope, standing: Standing, progress: HopProgress, due: FlowState | undefined): Promise<Standing> => {
  if (isDraining(standing.record)) {
    await renewWakes(scope, standing.record, progress)
    return drain(scope, standing, progress)
  }
  return due === undefined ? unit(scope, standing, progress) : advance(scope, standing, due, progress)
}

// A running flow goes on, step by step: each is done behind the commit that came to it, and committed with all up to the next. One that
// this invocation has not brought here is taken up from another that did not come to its end: it may die of the step again, so the try is
// written ahead.
const advance = async (scope: Scope, standing: Standing, flow: FlowState, progress: Progress): Promise<Standing> => {
  const { process, host, deadline } = scope
  const { instance } = standing.record
  if (host.clock.now() >= deadline)
    throw new Transient('out-of-time', `${instance}: the flow ${flow.start.type} goes on in the next invocation`)
  const draft = draftOf(standing.record)
  const exhausted = (flow.tries ?? 0) >= process.deploy.attempts
  const run = progress.runs.get(flow.id) ?? openFlow(process, host, instance, flow)
  if (!progress.runs.has(flow.id) && !exhausted) {
    applyTakenUp(draft, flow)
    const next = await commit(scope, standing, draft, progress)
    if (next.kind === 'won') progress.runs.set(flow.id, run)
    return next.standing
  }
  progress.runs.delete(flow.id)
  const driven = await run.drive(draft, { steps: { deadline, exhausted } })
  applyDriven(draft, undefined, driven, host.clock.now())
  const next = await commit(scope, standing, draft, progress)
  if (next.kind === 'won' && driven.ended === undefined) progress.runs.set(flow.id, run)
  return next.standing
}

// The try came to no end, but the function did not die of it: trouble of the table must not count. Best effort.
const lift = async ({ process, host }: Scope, { begun }: HopProgress): Promise<void> => {
  if (begun === undefined) return
  const draft = draftOf(begun.record)
  applyAttempts(draft, begun.envelope, attemptsOf(draft, begun.envelope) - 1)
  try {
    await commitRecord(host.store, begun.record, conclude(draft, process, { now: host.clock.now(), nonce: host.ids.nonce() }))
  } catch (thrown) {
    host.log.write('warn', 'an attempt that came to no end stays counted', {
      instance: begun.record.instance,
      error: describeError(thrown).message,
    })
  }
}

// A unit is what one commit takes: messages that came for the first time, or one that came before.
const unitOf = (left: readonly Message[]): readonly Message[] => {
  const again = left.findIndex(isRedelivered)
  return left.slice(0, Math.min(unitMessagesMax, again === -1 ? left.length : Math.max(1, again)))
}

const unit = async (scope: Scope, standing: Standing, progress: HopProgress): Promise<Standing> => {
  const { left } = progress
  const messages = unitOf(left)
  const draft = draftOf(standing.record)
  const back = new Map<Message, number>()
  const pongs: Pong[] = []
  let taken = 0
  for (const message of messages) {
    const step = await stepMessage(scope, draft, message, {
      fresh: standing.fresh,
      begun: progress.begun?.envelope.id,
      runs: progress.runs,
      pongs,
    })
    if (step.kind === 'reload') return reload(scope, standing, progress)
    if (step.kind === 'begin') return begin(scope, standing, message, progress)
    const behind = step.kind === 'return' && scope.process.deploy.mailbox === 'ordered' ? left.slice(taken) : [message]
    if (step.kind === 'return') for (const one of behind) back.set(one, step.seconds)
    taken += behind.length
    if (taken >= messages.length || draft.effectsBytes > effectsBytesMax / 2 || isDraining(draft)) break
  }
  const now = scope.host.clock.now()
  await wakeDrain(scope, standing, draft, now)
  const next = draft.changed ? await commit(scope, standing, draft, progress, now) : { kind: 'won' as const, standing }
  if (next.kind === 'lost') return next.standing
  for (const [{ delivery }, seconds] of back)
    progress.returned.set(delivery, Math.max(seconds, progress.returned.get(delivery) ?? 0))
  progress.pongs.push(...pongs)
  progress.left = left.slice(taken)
  progress.begun = undefined
  return next.standing
}

// Whatever set the drain going may be given up by SQS, or forgotten, before the stash is empty.
const wakeDrain = async (scope: Scope, { record }: Standing, draft: Draft, now: number): Promise<void> => {
  if (isDraining(draft)) await sendWake(scope, record, now)
}
