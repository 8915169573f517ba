// What an operator asks for is done: a message that has failed for good is tried again, or given up.
//
// Idempotent by the message that it names, and by who asks: what was done about it already is not done again (I2), and whoever asked
// for it once does not ask again by coming again.
import type { Control } from '../core/admission.ts'
import { digest } from '../core/digest.ts'
import type { Envelope } from '../core/envelope.ts'
import { whyDiscardOnly } from '../core/failure.ts'
import { applyFailedFor, awaitedBy, receivedBy } from '../core/flow-hop.ts'
import { applyForward, type Held, heldTimer, heldUnder } from '../core/held.ts'
import { type Draft, settle } from '../core/hop.ts'
import { applyResolved, applyRestash, applyUnpark, type Parked, type Remedy, roundOf } from '../core/park.ts'
import { applyRestart } from '../core/supervision.ts'
import { isListed } from '../core/waits.ts'
import { envelopeIn, findFailed, type KeptMessage, readStash } from './kept.ts'
import type { Message, Scope } from './message.ts'
import { initialOf, mayFollow } from './order.ts'

/** @returns `reload` where only a fresh record can say */
export const remedy = async (
  scope: Scope,
  draft: Draft,
  { envelope, delivery }: Message,
  control: Control,
  fresh: boolean,
): Promise<'settled' | 'reload'> => {
  // One moved back from the dead-letter queue has the failed message's own id: the queue's names who asks.
  const asking = digest(delivery.redriven === true ? delivery.messageId : envelope.id)
  if (draft.window.some((one) => one.digest === asking)) return 'settled'
  const { parked } = draft
  const isHead = parked?.id === control.id
  const held = heldUnder(draft, control.id)
  if (!isHead && held === undefined && !fresh) return 'reload'
  const now = scope.host.clock.now()
  const { how, by, why = becauseOf(control) } = control
  const remedy: Remedy = { how, now, ...(by !== undefined && { by }), ...(why !== undefined && { why }) }
  const failed = isHead ? parked : (held ?? (await openFailure(scope, draft, control)))
  if (failed === undefined) return 'settled'
  draft.window.push({ digest: asking, at: now, keyed: true })
  if (!(await mayFollow(scope, draft, { envelope, delivery }, control, failed))) return 'settled'
  if ('sks' in failed) tryAgain(draft, failed, control, remedy)
  else if ('text' in failed) letGo(draft, failed, remedy)
  else await goOn(scope, draft, failed, control, remedy)
  if (control.restart === 'initial') applyRestart(draft, scope.process, envelope, initialOf(scope, draft))
  return 'settled'
}

/** No queue would take it. */
const letGo = (draft: Draft, held: Held, remedy: Remedy): void => {
  const timer = remedy.how === 'discarded' ? heldTimer(draft, held) : undefined
  if (timer !== undefined) giveUp(draft, { code: 'not-sent' }, timer, remedy)
  applyForward(draft, held, remedy)
}

/** The instance stands still on it. */
const goOn = async (scope: Scope, draft: Draft, parked: Parked, { body }: Control, remedy: Remedy): Promise<void> => {
  const head = body === undefined && remedy.how === 'redriven' ? undefined : await headOf(scope, draft)
  const edited = body === undefined ? undefined : editedBy(body, head)
  if (remedy.how === 'discarded' && head !== undefined) giveUp(draft, parked, head, remedy)
  applyUnpark(draft, parked, { ...remedy, ...(edited !== undefined && { edited }) })
}

// What the record lists of what is given up would stay listed, and a flow that waits for it would wait for ever. A flow whose code did not
// fit may never do so: it must not hold up the instance again.
const giveUp = (draft: Draft, { code }: Pick<Parked, 'code'>, head: Envelope, { now, why }: Remedy): void => {
  const misfits = code === 'journal-mismatch'
  const awaited = awaitedBy(draft, head) ?? (misfits ? receivedBy(draft, head) : undefined)
  if (isListed(head)) settle(draft, head, now)
  if (awaited === undefined) return
  const message = `what it waited for failed (${code}) and was discarded${why === undefined ? '' : `: ${why}`}`
  applyFailedFor(draft, awaited, { code: 'discarded', message }, now, misfits)
}

/** One that was set aside; undefined if something was done about it already, or nothing of the kind can be. */
const openFailure = async ({ host }: Scope, draft: Draft, { id, how }: Control): Promise<KeptMessage | undefined> => {
  const { instance } = draft.base
  const isDone = draft.redriven?.id === id || draft.effects.some((one) => one.kind === 'resolve' && one.id === id)
  const found = isDone ? undefined : await findFailed(host.store, instance, id)
  const { envelope, code } = found ?? {}
  // What is not held any more was sent, or given up.
  if (found === undefined || code === 'not-sent') return undefined
  if (how === 'redriven' && (envelope === undefined || whyDiscardOnly(envelope, String(code)) !== undefined)) {
    host.log.write('warn', 'a message cannot be tried again: discard it, and send it anew', { instance, id, code })
    return undefined
  }
  return found
}

const tryAgain = (draft: Draft, found: KeptMessage, { id, body }: Control, remedy: Remedy): void => {
  const envelope = body === undefined ? found.envelope : editedBy(body, found.envelope)
  const edited = body !== undefined && envelope !== undefined ? { edited: envelope } : {}
  applyResolved(draft, { ...found, id }, { ...remedy, ...edited }, found.envelope !== undefined)
  if (remedy.how === 'redriven' && envelope !== undefined) applyRestash(draft, envelope, { round: roundOf(found) + 1 })
}

const headOf = async ({ host }: Scope, { base, stash, redriven }: Draft): Promise<Envelope | undefined> => {
  if (redriven?.edited !== undefined) return envelopeIn(redriven.edited)
  const [head] = (await readStash(host.store, base.instance, stash.first, stash.first + 1)) ?? []
  return head?.envelope
}

const becauseOf = ({ restart }: Control): string | undefined =>
  restart && `restarted from its ${restart === 'initial' ? 'initial' : 'last good'} state`

const editedBy = (body: unknown, envelope: Envelope | undefined): Envelope | undefined => envelope && { ...envelope, body }
