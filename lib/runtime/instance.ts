// The hop of one instance: load, recover, handle, commit, again until no message is left. Performing the last commit and acknowledging
// are left to the caller, who merges them with those of other instances.
//
// I5: effects that the record holds and this environment does not know to be done are done before any new message, also after a lost race.
// I1, I2: nothing is dropped, refused or counted on the word of a cached record unless it is monotone (seen) or ends in the conditional write.

import { applyAttempts, attemptsOf } from '../core/attempts.ts'
import { delaySeconds, vainSeconds } from '../core/backoff.ts'
import { conclude } from '../core/conclude.ts'
import { Conflict, describeError, Transient } from '../core/errors.ts'
import { applyLetGo } from '../core/flow-hop.ts'
import { type Draft, draftOf } from '../core/hop.ts'
import { type FlowState, isTakenBy } from '../core/journal.ts'
import { effectsBytesMax, unitMessagesMax } from '../core/limits.ts'
import type { Pong } from '../core/monitor.ts'
import { isDraining, isParked } from '../core/park.ts'
import type { InstanceRecord } from '../core/record.ts'
import type { Delivery } from '../ports/mailbox.ts'
import { advance } from './advance.ts'
import { drain } from './drain.ts'
import { type Message, type Scope, stepMessage } from './message.ts'
import { commitRecord } from './records.ts'
import { recover } from './recover.ts'
import { begin, commit, type HopProgress, isRedelivered, load, reload, type Standing } from './standing.ts'
import { missingFlow } from './take.ts'
import { renewWakes, sendDrainWake } from './wake.ts'

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
    standing: undefined,
    done: new Map(),
    by: '',
    renewed: new Set(),
  }
  try {
    let standing = await load(scope, instance)
    for (;;) {
      progress.standing = standing
      const { flows } = standing.record
      const due = isParked(standing.record) ? undefined : flows.running.find((flow) => flow.running)
      // What the last commit sends is left to the caller, who merges it with that of others.
      if (due === undefined && progress.left.length === 0 && !isDraining(standing.record))
        return { instance, messages, standing, returned: progress.returned, pongs: progress.pongs }
      if (!standing.performed) standing = await recover(scope, standing, progress)
      progress.standing = standing
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
  if (due === undefined) return unit(scope, standing, progress)
  if (typeof GAVOTTE_WITHOUT_TIMERS === 'undefined') return advance(scope, standing, due, progress)
  throw missingFlow(scope.process, standing.record.instance, due)
}

// What was written ahead came to no end, but the function did not die of it: trouble of the table must not count. Best effort. What a record
// has left to be done would be lost with it.
const lift = async (scope: Scope, { begun, standing, by }: HopProgress): Promise<void> => {
  const record = standing?.performed ? standing.record : begun?.record
  if (record === undefined) return
  const lifted = (draft: Draft): boolean => {
    const attempts = begun === undefined ? 0 : attemptsOf(draft, begun.envelope)
    if (begun !== undefined && attempts > 0) applyAttempts(draft, begun.envelope, attempts - 1)
    if (by !== '' && draft.flows.some((flow) => isTakenBy(flow, by))) applyLetGo(draft, by)
    return draft.changed
  }
  try {
    await amend(scope, record, lifted)
  } catch (thrown) {
    scope.host.log.write('warn', 'an attempt that came to no end stays counted', {
      instance: record.instance,
      error: describeError(thrown).message,
    })
  }
}

// Others may have committed meanwhile, and hold what was written ahead as well.
const amend = async (scope: Scope, record: InstanceRecord, change: (draft: Draft) => boolean, races = 3): Promise<void> => {
  const { process, host } = scope
  const draft = draftOf(record)
  if (!change(draft)) return
  const conclusion = conclude(draft, process, { now: host.clock.now(), nonce: host.ids.nonce() })
  const result = await commitRecord(host.store, record, conclusion)
  if (result.kind === 'lost' && races > 1 && result.record.effects.length === 0)
    await amend(scope, result.record, change, races - 1)
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
  if (isDraining(draft)) await sendDrainWake(scope, record, now)
}
