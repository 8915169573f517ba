// What an environment knows of an instance, and the commits that bring it further.

import { applyAttempts, attemptsOf } from '../core/attempts.ts'
import { conclude } from '../core/conclude.ts'
import type { Envelope } from '../core/envelope.ts'
import { Conflict } from '../core/errors.ts'
import { type Draft, draftOf } from '../core/hop.ts'
import { conflictsMax } from '../core/limits.ts'
import type { Pong } from '../core/monitor.ts'
import type { InstanceRecord } from '../core/record.ts'
import type { Delivery } from '../ports/mailbox.ts'
import type { Running } from './flow.ts'
import type { Tried } from './flow-step.ts'
import type { Message, Scope } from './message.ts'
import { commitRecord, dropPages, readRecord } from './records.ts'

/** What this environment knows of an instance. */
export interface Standing {
  readonly record: InstanceRecord
  /** Whether its effects are known to be done. */
  readonly performed: boolean
  /** Whether it was read or won in this invocation. */
  readonly fresh: boolean
  /** Whether it was read: then effects that are done are taken out at once. */
  readonly cold: boolean
}

/** A message of this delivery may have ended an invocation before: it is handled alone, its attempt written ahead. */
export const isRedelivered = ({ delivery }: Message): boolean => delivery.receiveCount > 1

/** What one instance's commits of an invocation share. */
export interface Progress {
  /** Version races lost in a row. */
  conflicts: number
  /** Flows whose code stands where the record has them. */
  readonly runs: Map<string, Running>
}

export interface HopProgress extends Progress {
  left: readonly Message[]
  readonly returned: Map<Delivery, number>
  /** Answers to pings. */
  readonly pongs: Pong[]
  /** What is known of the instance by now; undefined until it is loaded. */
  standing: Standing | undefined
  /** What it has done of steps that no commit holds yet, by flow. */
  readonly done: Map<string, Map<number, Tried>>
  /** Names this hop among those that take up a flow; empty until it does. */
  by: string
  /** Wakes in whose place another comes: they are done with. */
  readonly renewed: Set<Message>
  /** The message whose attempt this invocation wrote ahead, and the record with it: only this invocation may lift it. */
  begun: { readonly envelope: Envelope; readonly record: InstanceRecord } | undefined
}

/** What this environment believes of an instance: the cached record, if hits were current so far. */
export const load = (scope: Scope, instance: string): Promise<Standing> | Standing => {
  const cached = scope.cache.get(instance)
  if (cached !== undefined && scope.cache.trusted) return { record: cached, performed: true, fresh: false, cold: false }
  return read(scope, instance, cached)
}

/** As `load`, by a strongly consistent read. @param cached what was believed before */
export const read = async ({ host, cache }: Scope, instance: string, cached: InstanceRecord | undefined): Promise<Standing> => {
  const record = await readRecord(host.store, instance)
  const current = cached !== undefined && cached.version === record.version && cached.nonce === record.nonce
  if (cached !== undefined) cache.learn(current)
  return { record, performed: current || record.effects.length === 0, fresh: true, cold: true }
}

/**
 * Reads anew and gives up the draft; what flows have done on it goes with it.
 * @throws Conflict after too many times in a row that a record was overtaken since it was read
 */
export const reload = (scope: Scope, { record, fresh }: Standing, progress: Progress): Promise<Standing> => {
  progress.runs.clear()
  if (fresh) countConflict(progress, record.instance)
  return read(scope, record.instance, record)
}

const countConflict = (progress: Progress, instance: string): void => {
  if (++progress.conflicts > conflictsMax)
    throw new Conflict('too-many-conflicts', `${instance}: lost ${conflictsMax} version races in a row`)
}

// The attempt is in the record before the handler runs, so that it counts even if the function dies hard in it.
export const begin = async (
  scope: Scope,
  standing: Standing,
  { envelope }: Message,
  progress: HopProgress,
): Promise<Standing> => {
  const draft = draftOf(standing.record)
  applyAttempts(draft, envelope, attemptsOf(draft, envelope) + 1)
  const next = await commit(scope, standing, draft, progress)
  if (next.kind === 'won') progress.begun = { envelope, record: next.standing.record }
  return next.standing
}

/** Commits a draft of the standing record. @throws Conflict after too many lost races in a row */
export const commit = async (
  { process, host, cache }: Scope,
  standing: Standing,
  draft: Draft,
  progress: Progress,
  now = host.clock.now(),
): Promise<{ readonly kind: 'won' | 'lost'; readonly standing: Standing }> => {
  const base = standing.record
  const conclusion = conclude(draft, process, { now, nonce: host.ids.nonce() })
  const { kind, record } = await commitRecord(host.store, base, conclusion)
  if (!standing.fresh) cache.learn(kind === 'won')
  host.meter.add(kind === 'won' ? 'Hops' : 'Conflicts', 1)
  if (kind === 'won') {
    await dropPages(host.store, base, record)
    return { kind, standing: { record, performed: record.effects.length === 0, fresh: true, cold: standing.cold } }
  }
  progress.runs.clear()
  countConflict(progress, base.instance)
  return { kind, standing: { record, performed: record.effects.length === 0, fresh: true, cold: true } }
}
