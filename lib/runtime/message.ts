// One message of a unit: judged, handled on the draft, and what becomes of it if its handler fails.
import { type Admission, admit } from '../core/admission.ts'
import { applyAttempts, attemptsOf } from '../core/attempts.ts'
import { backoffSeconds, delaySeconds, vainSeconds } from '../core/backoff.ts'
import { type Answer, CallFailed } from '../core/call.ts'
import type { Process } from '../core/definition.ts'
import type { Envelope } from '../core/envelope.ts'
import { describeError, Misfit, Overtaken, Rejected, Transient, Unavailable, Undeliverable } from '../core/errors.ts'
import type { Again } from '../core/failure.ts'
import { applyRefused, applySetAside, type Draft } from '../core/hop.ts'
import type { Pong } from '../core/monitor.ts'
import { applyStash, isStandingStill } from '../core/park.ts'
import { applyWatched } from '../core/supervision.ts'
import { isListed } from '../core/waits.ts'
import type { Delivery } from '../ports/mailbox.ts'
import type { WarmCache } from './cache.ts'
import type { Running } from './flow.ts'
import { failForGood, keptOf, named, reasonOf, setAside } from './for-good.ts'
import type { Host } from './host.ts'
import type { Limiter } from './limiter.ts'
import { isAnswerable, obey } from './obey.ts'
import { lookUp } from './records.ts'
import { take } from './take.ts'

/** One envelope of a delivery, on its way through the hop. */
export interface Message {
  readonly envelope: Envelope
  readonly delivery: Delivery
}

/** What a hop runs in. */
export interface Scope {
  readonly process: Process
  readonly host: Host
  readonly cache: WarmCache
  /** Evicted ids that were found: what is seen stays seen, so whatever comes again is looked up once. */
  readonly found: Set<string>
  /** Where the process has a limit. */
  readonly limiter: Limiter | undefined
  /** When handlers must have come to their end, ms since 1970. */
  readonly deadline: number
}

export type Step =
  /** Handled, set aside or dropped; the draft has it. */
  | { readonly kind: 'settled' }
  /** The unit must be judged anew on a fresh record. */
  | { readonly kind: 'reload' }
  /** Its attempt must be written ahead before its handler runs. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'return'; readonly seconds: number }

/** How far the unit's record, and this message, can be trusted. */
export interface Footing {
  readonly fresh: boolean
  /** Id of the message whose attempt this invocation wrote ahead. */
  readonly begun: string | undefined
  /** Flows under way in this invocation. */
  readonly runs: Map<string, Running>
  /** Answers to pings; they leave once what this draft comes to is committed. */
  readonly pongs: Pong[]
  /** The message comes from the stash; what it went through before. */
  readonly stashed?: { readonly again: Again | undefined }
}

/** Until a message comes again of which nothing can be said yet. */
const waitSeconds = 60

const settled: Step = { kind: 'settled' }

/** Takes a message as far as this draft can. */
export const stepMessage = async (scope: Scope, draft: Draft, message: Message, footing: Footing): Promise<Step> => {
  const { process, host, deadline } = scope
  const { envelope, delivery } = message
  const now = host.clock.now()
  // The commit that followed may have been lost to one that forgot the attempt.
  const begun = footing.begun === envelope.id && attemptsOf(draft, envelope) > 0
  if (now >= deadline) {
    if (begun) applyAttempts(draft, envelope, attemptsOf(draft, envelope) - 1)
    return { kind: 'return', seconds: 1 }
  }
  const admission = await judge(scope, draft, message, footing)
  switch (admission.kind) {
    case 'drop':
      if (admission.count !== undefined) host.meter.add(admission.count, 1)
      return settled
    case 'reload':
      return { kind: 'reload' }
    case 'wait':
      return { kind: 'return', seconds: waitSeconds }
    case 'set-aside':
      setAside(scope, draft, envelope, admission.reason, footing)
      return settled
    case 'restart':
    case 'control':
    case 'escalate':
    case 'ping':
    case 'round':
    case 'watch':
      return obey(scope, draft, message, admission, footing)
    case 'handle':
    case 'flow':
    case 'sweep':
    case 'cancel':
      break
  }
  if (footing.stashed === undefined && isStandingStill(draft)) {
    putOff(draft, envelope, admission, now)
    host.meter.add('Stashed', 1)
    return settled
  }
  const delayed = scope.limiter && (await delay(scope, draft, message, begun))
  if (delayed !== undefined) return delayed
  const before = attemptsOf(draft, envelope)
  if (delivery.receiveCount > 1 && !begun) {
    if (before < process.deploy.attempts) return { kind: 'begin' }
    const text = `the function ended ${before} times while it handled this message (memory, timeout or exit): see its log, correct it and redrive`
    failForGood(
      scope,
      draft,
      envelope,
      { reason: { code: 'handler-died', text }, attempts: before, now, ...keptOf(process, envelope, admission) },
      footing,
    )
    host.log.write('error', 'a message has failed for good', {
      ...named(process, envelope),
      code: 'handler-died',
      attempts: before,
    })
    return settled
  }
  const attempt = begun ? before : before + 1
  try {
    const again = footing.stashed?.again
    await take(scope, draft, envelope, admission, { attempt, runs: footing.runs, ...(again !== undefined && { again }) })
  } catch (thrown) {
    return failed(scope, draft, message, { thrown, attempt, begun, footing, admission })
  }
  applyWatched(draft, process, envelope)
  host.meter.add('Messages', 1)
  host.meter.add('Latency', Math.max(0, host.clock.now() - envelope.at))
  return settled
}

// What is over its rate comes again later. What an instance waits for is not held up by others' haste: its timers, its answers, what it
// sends itself.
const delay = async (
  { limiter, process, host }: Scope,
  draft: Draft,
  message: Message,
  begun: boolean,
): Promise<Step | undefined> => {
  const { envelope, delivery } = message
  if (limiter === undefined || isListed(envelope) || Object.hasOwn(process.internal, envelope.type)) return undefined
  const waitMs = await limiter.waitFor(draft, envelope, message)
  if (waitMs === undefined) return undefined
  // Begun by this invocation, it has not been tried all the same.
  if (begun) applyAttempts(draft, envelope, attemptsOf(draft, envelope) - 1)
  host.meter.add('Limited', 1)
  return { kind: 'return', seconds: delaySeconds(waitMs, delivery.receiveCount) }
}

type Judged = Exclude<Admission, { kind: 'look-up' }>

/** Judges a message, and looks up what the record alone cannot say. */
export const judge = async (
  { process, host, found }: Scope,
  draft: Draft,
  { envelope, delivery }: Pick<Message, 'envelope'> & { readonly delivery?: Delivery },
  { fresh, stashed }: Pick<Footing, 'fresh' | 'stashed'>,
): Promise<Judged> => {
  const redriven = delivery?.redriven === true
  const facts = { process, now: host.clock.now(), fresh, stashed: stashed !== undefined, redriven }
  let admission = admit(draft, envelope, facts)
  if (admission.kind === 'look-up') {
    const lookedUp = await lookUp(host.store, found, draft.base.instance, admission.where, admission.id)
    admission = admit(draft, envelope, { ...facts, lookedUp })
  }
  if (admission.kind === 'handle' && !isAnswerable(host, envelope)) {
    const text = `there is no route to ${envelope.reply}, who waits for the answer: add ${process.contract.name} to its uses, deploy and redrive`
    return { kind: 'set-aside', reason: { code: 'unknown-caller', text } }
  }
  return admission as Judged
}

interface Try {
  readonly thrown: unknown
  readonly attempt: number
  readonly begun: boolean
  readonly footing: Footing
  readonly admission: Admission
}

// A failed try leaves no trace but its count. Trouble that passes by itself does not even count.
const failed = (
  scope: Scope,
  draft: Draft,
  { envelope, delivery }: Message,
  { thrown, attempt, begun, footing, admission }: Try,
): Step => {
  const { process, host } = scope
  // What is down is down whatever the record says.
  const isUnavailable = thrown instanceof Unavailable
  if ((!footing.fresh && !isUnavailable) || thrown instanceof Overtaken) return { kind: 'reload' }
  const error = describeError(thrown)
  const fields = { ...named(process, envelope), attempt, error: error.message }
  if (thrown instanceof Transient && !isStandstill(process, thrown)) {
    if (begun) applyAttempts(draft, envelope, attempt - 1)
    if (isUnavailable) host.meter.add('Unavailable', 1)
    host.log.write('warn', 'a handler met passing trouble', fields)
    return { kind: 'return', seconds: pauseSeconds(process, delivery, thrown, host.ids.dice()) }
  }
  if (thrown instanceof CallFailed && Object.hasOwn(process.contract.calls, envelope.type)) {
    applyRefused(draft, envelope, refusalOf(thrown), host.clock.now())
    return settled
  }
  if (thrown instanceof Rejected || attempt >= process.deploy.attempts) {
    const reason = reasonOf(thrown, error)
    const { code } = reason
    const failure = { reason, attempts: attempt, now: host.clock.now(), ...keptOf(process, envelope, admission) }
    if (thrown instanceof Undeliverable) applySetAside(draft, envelope, failure, footing.stashed?.again)
    else failForGood(scope, draft, envelope, failure, footing)
    host.log.write('error', 'a message has failed for good', { ...fields, code })
    return settled
  }
  if (!begun) applyAttempts(draft, envelope, attempt)
  host.meter.add('Retries', 1)
  host.log.write('warn', 'a handler failed', fields)
  return { kind: 'return', seconds: backoffSeconds(attempt, host.ids.dice()) }
}

// What a flow's code does not fit fails again and again until other code is deployed. Where the instance may not stand still it stays on the
// queue: set aside, it would leave the flow waiting for ever.
const isStandstill = ({ deploy }: Process, thrown: Transient): boolean => thrown instanceof Misfit && deploy.onFailure === 'park'

// Many wait for the same: they come back spread over a quarter more.
const pauseSeconds = ({ deploy }: Process, { receiveCount }: Delivery, { afterMs }: Transient, dice: number): number =>
  afterMs === undefined ? vainSeconds(receiveCount, dice, deploy) : delaySeconds(afterMs * (1 + dice / 4), receiveCount)

// What comes to an instance that stands still waits behind; who asks is told so.
const putOff = (draft: Draft, envelope: Envelope, admission: Admission, now: number): void => {
  if (admission.kind === 'handle' && admission.as === 'call' && envelope.reply !== undefined)
    applyRefused(draft, envelope, { ok: false, code: 'parked', message: parkedText(draft) }, now)
  else applyStash(draft, envelope, now)
}

export const parkedText = ({ base, parked, still }: Draft): string =>
  `${base.instance} stands still${parked === undefined ? (still ? ' on what it could not send (not-sent)' : '') : ` on ${parked.id} (${parked.code})`}: redrive or discard what failed, and ask again`

/** What the caller gets of a refusal: its code, and its words without it. */
export const refusalOf = ({ code, message }: CallFailed): Answer => ({ ok: false, code, message: message.slice(code.length + 2) })
