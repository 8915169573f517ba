// What an operator asks for is done: a message that has failed for good is tried again, or given up.
//
// Idempotent by the message that it names, and by who asks: what was done about it already is not done again (I2), and whoever asked
// for it once does not ask again by coming again.
import type { Control } from '../core/admission.ts'
import { digest } from '../core/digest.ts'
import type { Envelope } from '../core/envelope.ts'
import { discardOnly } from '../core/failure.ts'
import { type Draft, settle } from '../core/hop.ts'
import { applyResolved, applyRestash, applyUnpark, type Parked, type Remedy, roundOf } from '../core/park.ts'
import { isListed } from '../core/waits.ts'
import { envelopeIn, findFailed, readStash } from './kept.ts'
import type { Message, Scope } from './message.ts'

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
  if (parked?.id !== control.id && !fresh) return 'reload'
  const now = scope.host.clock.now()
  const { how, by, why } = control
  const remedy: Remedy = { how, now, ...(by !== undefined && { by }), ...(why !== undefined && { why }) }
  const done =
    parked?.id === control.id ? await goOn(scope, draft, parked, control, remedy) : await tryAgain(scope, draft, control, remedy)
  if (done) draft.window.push({ digest: asking, at: now, keyed: true })
  return 'settled'
}

/** The instance stands still on it. */
const goOn = async (scope: Scope, draft: Draft, parked: Parked, { body }: Control, remedy: Remedy): Promise<true> => {
  const head = body === undefined && remedy.how === 'redriven' ? undefined : await headOf(scope, draft)
  const edited = body === undefined ? undefined : editedBy(body, head)
  // What the record lists of what is given up would stay listed.
  if (remedy.how === 'discarded' && head !== undefined && isListed(head)) settle(draft, head, remedy.now)
  applyUnpark(draft, parked, { ...remedy, ...(edited !== undefined && { edited }) })
  return true
}

/** It was set aside. */
const tryAgain = async ({ host }: Scope, draft: Draft, { id, body }: Control, remedy: Remedy): Promise<boolean> => {
  const { instance } = draft.base
  const isDone = draft.redriven?.id === id || draft.effects.some((one) => one.kind === 'resolve' && one.id === id)
  const found = isDone ? undefined : await findFailed(host.store, instance, id)
  if (found === undefined) return false
  const envelope = body === undefined ? found.envelope : editedBy(body, found.envelope)
  const isRedrive = remedy.how === 'redriven'
  // Whoever made a request has been told that it failed.
  if (isRedrive && (envelope === undefined || envelope.reply !== undefined || discardOnly.has(String(found.code)))) {
    const { code } = found
    host.log.write('warn', 'a message cannot be tried again: discard it, and send it anew', { instance, id, code })
    return false
  }
  const edited = body !== undefined && envelope !== undefined ? { edited: envelope } : {}
  applyResolved(draft, { ...found, id }, { ...remedy, ...edited }, found.envelope !== undefined)
  if (isRedrive && envelope !== undefined) applyRestash(draft, envelope, { round: roundOf(found) + 1 })
  return true
}

const headOf = async ({ host }: Scope, { base, stash, redriven }: Draft): Promise<Envelope | undefined> => {
  if (redriven?.edited !== undefined) return envelopeIn(redriven.edited)
  const [head] = (await readStash(host.store, base.instance, stash.first, stash.first + 1)) ?? []
  return head?.envelope
}

const editedBy = (body: unknown, envelope: Envelope | undefined): Envelope | undefined => envelope && { ...envelope, body }
