// Recovering: what a record holds to be done, and nobody here knows to be done, is done before anything else (I5).
//
// What is refused for good, so often as handlers are tried, is held by a commit, and fails: the instance stands still on it, or goes on
// without it. Refusals that may pass by themselves are never counted.
import { Transient } from '../core/errors.ts'
import { applyHeld, type CountedLane, type RefusedLane } from '../core/held.ts'
import { draftOf } from '../core/hop.ts'
import type { InstanceRecord } from '../core/record.ts'
import { applyTold } from '../core/supervision.ts'
import type { Scope } from './message.ts'
import { outboxOf, perform } from './perform.ts'
import { commit, type Progress, type Standing } from './standing.ts'

/** Performs what a record holds. @throws Transient if not all of it could be, and what could not is not held either */
export const recover = async (scope: Scope, standing: Standing, progress: Progress): Promise<Standing> => {
  const { host, process } = scope
  const { record } = standing
  const undone = (await perform(host, [outboxOf(host, process.contract.name, record)])).get(record.instance)
  if (undone === undefined) {
    host.meter.add('Recovered', 1)
    return { ...standing, performed: true }
  }
  const { mayPass, refused } = undone
  const counted = mayPass ? [] : await countRefusals(scope, record, refused)
  // Whatever else the commit has left to be done must be done before another takes its place.
  if (mayPass || counted.some(({ times }) => times < process.deploy.attempts))
    throw new Transient('not-performed', `${record.instance}: what its record holds could not be sent`)
  const next = await hold(scope, standing, counted, progress)
  return next.performed ? next : recover(scope, next, progress)
}

const hold = async (scope: Scope, standing: Standing, refused: readonly CountedLane[], progress: Progress): Promise<Standing> => {
  const { host, process } = scope
  const { name } = process.contract
  const draft = draftOf(standing.record)
  const still = process.deploy.onFailure === 'park'
  for (const { envelope, reason, attempts, again } of applyHeld(draft, name, refused, { now: host.clock.now(), still })) {
    // The supervisor is told as of any failure; who has sent it is the instance itself.
    applyTold(draft, { ...process, tells: [] }, envelope, { reason, attempts }, again)
    const { id, to: instance, type, trace } = envelope
    const { code, text: error } = reason
    host.log.write('error', 'a message is refused for good', { process: name, instance, id, type, trace, code, attempts, error })
  }
  return (await commit(scope, standing, draft, progress)).standing
}

const countSk = 'refused'
/** A count that nobody added to for so long is over. */
const countKeptMs = 24 * 3600 * 1000

// Counted beside the record, since the ids of effects are those of the version that stands. Of two that count at once one may be lost; nobody
// dies of a refusal, so another comes.
const countRefusals = async (
  { host: { store, clock } }: Scope,
  { instance, version, nonce }: InstanceRecord,
  refused: readonly RefusedLane[],
): Promise<readonly CountedLane[]> => {
  const { attributes } = (await store.get(instance, countSk)) ?? {}
  const isSame = attributes?.version === version && attributes.nonce === nonce
  const before = isSame ? (JSON.parse(String(attributes.times)) as { readonly [effect: string]: number }) : {}
  const counted = refused.map((lane) => ({ ...lane, times: (before[String(lane.effects[0])] ?? 0) + 1 }))
  const times = JSON.stringify(Object.fromEntries(counted.map((lane) => [lane.effects[0], lane.times])))
  const expires = Math.ceil((clock.now() + countKeptMs) / 1000)
  await store.put({ pk: instance, sk: countSk, attributes: { version, nonce, times, expires } })
  return counted
}
