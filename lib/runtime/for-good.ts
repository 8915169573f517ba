// What becomes of a message that has failed for good: its instance stands still on it, or goes on; a flow that waited for it learns that.
import type { Admission } from '../core/admission.ts'
import { attemptsOf } from '../core/attempts.ts'
import type { Process } from '../core/definition.ts'
import type { Envelope } from '../core/envelope.ts'
import { type describeError, Misfit, Rejected } from '../core/errors.ts'
import type { Reason } from '../core/failure.ts'
import { type Awaited, applyFailedFor, awaitedBy } from '../core/flow-hop.ts'
import { applySetAside, type Draft, type FailedForGood } from '../core/hop.ts'
import { applyPark, applyParkAgain } from '../core/park.ts'
import { applyTold } from '../core/supervision.ts'
import { isListed } from '../core/waits.ts'
import type { Footing, Scope } from './message.ts'

/** What is kept of what was thrown. */
export const reasonOf = (thrown: unknown, { message, stack }: ReturnType<typeof describeError>): Reason => {
  if (thrown instanceof Misfit) return { code: 'journal-mismatch', text: `${message}; then redrive` }
  const code = thrown instanceof Rejected ? 'rejected' : 'handler-failed'
  return { code, text: `${message}. Correct the handler or the message and redrive`, ...(stack !== undefined && { stack }) }
}

/**
 * What a record listed is listed no more once it has failed, so it is kept as what its handler was to get. What a flow waits for stays
 * listed where the instance stands still on it.
 */
export const keptOf = (
  { deploy }: Process,
  envelope: Envelope,
  admission: Admission,
): Pick<FailedForGood, 'kept' | 'staysListed'> => {
  if (!isListed(envelope)) return {}
  if (admission.kind !== 'handle') return deploy.onFailure === 'park' ? { staysListed: true } : {}
  const { timer: _, ...rest } = envelope
  return { kept: { ...rest, type: admission.type, body: admission.raw ?? envelope.body } }
}

/** The instance stands still on it, or goes on without it. */
export const failForGood = (
  { process }: Scope,
  draft: Draft,
  envelope: Envelope,
  failure: FailedForGood,
  { stashed, runs }: Footing,
): void => {
  const awaited = awaitedBy(draft, envelope)
  // Whoever asked has heard that it failed, and gone on: nobody waits for it.
  if (process.deploy.onFailure === 'setAside' || envelope.reply !== undefined) {
    applySetAside(draft, envelope, failure, stashed?.again)
    if (awaited !== undefined) failFlow(draft, awaited, failure, runs)
  } else if (stashed === undefined) applyPark(draft, envelope, failure)
  else applyParkAgain(draft, envelope, failure, stashed.again)
  applyTold(draft, process, envelope, failure, stashed?.again)
}

// What a flow waits for will not come: it goes on with that.
const failFlow = (
  draft: Draft,
  awaited: Awaited,
  { reason: { code, text }, now }: FailedForGood,
  runs: Footing['runs'],
): void => {
  runs.delete(awaited.flow.id)
  applyFailedFor(draft, awaited, { code, message: text }, now)
}

/** Nobody could have handled it, and it holds up nobody. */
export const setAside = (
  { process, host }: Scope,
  draft: Draft,
  envelope: Envelope,
  reason: Reason,
  { stashed }: Footing,
): void => {
  const failure = { reason, attempts: attemptsOf(draft, envelope) || 1, now: host.clock.now() }
  applySetAside(draft, envelope, failure, stashed?.again)
  // The one who sent it can do something about these.
  if (reason.code === 'invalid-body' || reason.code === 'unknown-type')
    applyTold(draft, process, envelope, failure, stashed?.again, false)
  host.log.write('warn', 'a message is set aside', { ...named(process, envelope), code: reason.code, reason: reason.text })
}

/** What a line of the log says of a message. */
export const named = (process: Process, { id, to, type, trace }: Envelope): { readonly [name: string]: unknown } => ({
  process: process.contract.name,
  instance: to,
  id,
  type,
  trace,
})
