// One message of a unit: judged, handled on the draft, and what becomes of it if its handler fails.
import { backoffSeconds } from '../core/backoff.ts'
import type { Process } from '../core/definition.ts'
import type { Envelope } from '../core/envelope.ts'
import { describeError, Rejected, Transient } from '../core/errors.ts'
import {
  type Admission,
  admit,
  applyAttempts,
  applyHandled,
  applySetAside,
  attemptsOf,
  type Draft,
  type Handled,
} from '../core/hop.ts'
import type { Delivery } from '../ports/mailbox.ts'
import type { WarmCache } from './cache.ts'
import { handle } from './context.ts'
import type { Host } from './host.ts'
import { lookUp } from './records.ts'

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
interface Footing {
  readonly fresh: boolean
  /** Id of the message whose attempt this invocation wrote ahead. */
  readonly begun: string | undefined
}

const settled: Step = { kind: 'settled' }

/** Takes a message as far as this draft can. */
export const stepMessage = async (scope: Scope, draft: Draft, message: Message, footing: Footing): Promise<Step> => {
  const { process, host, deadline } = scope
  const { envelope, delivery } = message
  const now = host.clock.now()
  const begun = footing.begun === envelope.id
  if (now >= deadline) {
    if (begun) applyAttempts(draft, envelope, attemptsOf(draft, envelope) - 1)
    return { kind: 'return', seconds: 1 }
  }
  const admission = await judge(scope, draft, envelope, footing.fresh)
  switch (admission.kind) {
    case 'drop':
      host.meter.add('Duplicates', 1)
      return settled
    case 'reload':
      return { kind: 'reload' }
    case 'set-aside':
      applySetAside(draft, envelope, { reason: admission.reason, attempts: attemptsOf(draft, envelope) || 1, now })
      host.log.write('warn', 'a message is set aside', {
        ...named(process, envelope),
        code: admission.reason.code,
        reason: admission.reason.text,
      })
      return settled
    case 'handle':
      break
  }
  const before = attemptsOf(draft, envelope)
  if (delivery.receiveCount > 1 && !begun) {
    if (before < process.deploy.attempts) return { kind: 'begin' }
    const text = `the function ended ${before} times while it handled this message (memory, timeout or exit): see its log, correct it and redrive`
    applySetAside(draft, envelope, { reason: { code: 'handler-died', text }, attempts: before, now })
    host.log.write('error', 'a message has failed for good', {
      ...named(process, envelope),
      code: 'handler-died',
      attempts: before,
    })
    return settled
  }
  const attempt = begun ? before : before + 1
  let handled: Handled
  try {
    handled = await handle(process, host, draft, { envelope, body: admission.body, attempt, deadline })
  } catch (thrown) {
    return failed(scope, draft, message, { thrown, attempt, begun, fresh: footing.fresh })
  }
  applyHandled(draft, envelope, handled)
  host.meter.add('Messages', 1)
  host.meter.add('Latency', Math.max(0, host.clock.now() - envelope.at))
  return settled
}

const judge = async (
  { process, host }: Scope,
  draft: Draft,
  envelope: Envelope,
  fresh: boolean,
): Promise<Exclude<Admission, { kind: 'look-up' }>> => {
  const facts = { process, now: host.clock.now(), fresh }
  const first = admit(draft, envelope, facts)
  if (first.kind !== 'look-up') return first
  const lookedUp = await lookUp(host.store, draft.base.instance, first.where, first.id)
  return admit(draft, envelope, { ...facts, lookedUp }) as Exclude<Admission, { kind: 'look-up' }>
}

interface Try {
  readonly thrown: unknown
  readonly attempt: number
  readonly begun: boolean
  readonly fresh: boolean
}

// A failed try leaves no trace but its count. Trouble that passes by itself does not even count.
const failed = (
  { process, host }: Scope,
  draft: Draft,
  { envelope, delivery }: Message,
  { thrown, attempt, begun, fresh }: Try,
): Step => {
  if (!fresh) return { kind: 'reload' }
  const error = describeError(thrown)
  const fields = { ...named(process, envelope), attempt, error: error.message }
  if (thrown instanceof Transient) {
    if (begun) applyAttempts(draft, envelope, attempt - 1)
    host.log.write('warn', 'a handler met passing trouble', fields)
    return { kind: 'return', seconds: backoffSeconds(delivery.receiveCount, host.ids.dice()) }
  }
  if (thrown instanceof Rejected || attempt >= process.deploy.attempts) {
    const code = thrown instanceof Rejected ? 'rejected' : 'handler-failed'
    const text = `${error.message}. Correct the handler or the message and redrive`
    applySetAside(draft, envelope, {
      reason: { code, text, ...(error.stack !== undefined && { stack: error.stack }) },
      attempts: attempt,
      now: host.clock.now(),
    })
    host.log.write('error', 'a message has failed for good', { ...fields, code })
    return settled
  }
  if (!begun) applyAttempts(draft, envelope, attempt)
  host.meter.add('Retries', 1)
  host.log.write('warn', 'a handler failed', fields)
  return { kind: 'return', seconds: backoffSeconds(attempt, host.ids.dice()) }
}

const named = (process: Process, { id, to, type, trace }: Envelope): { readonly [name: string]: unknown } => ({
  process: process.contract.name,
  instance: to,
  id,
  type,
  trace,
})
