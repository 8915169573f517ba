// What an operator asks for is done: a message that has failed for good is tried again, or given up.
//
// Idempotent by the message that it names: what was done about it already is not done again (I2).
import type { Control } from '../core/admission.ts'
import type { Envelope } from '../core/envelope.ts'
import type { Draft } from '../core/hop.ts'
import { applyResolved, applyRestash, applyUnpark, type Remedy, roundOf } from '../core/park.ts'
import { envelopeIn, findFailed, readStash } from './kept.ts'
import type { Message, Scope } from './message.ts'

/** @returns `reload` where only a fresh record can say */
export const remedy = async (
  scope: Scope,
  draft: Draft,
  { envelope: asking, delivery }: Message,
  control: Control,
  fresh: boolean,
): Promise<'settled' | 'reload'> => {
  const { store, clock, log } = scope.host
  const { instance } = draft.base
  const { how, by, why, body } = control
  // One moved back from the dead-letter queue has the failed message's own id.
  const via = delivery.redriven === true ? delivery.messageId : asking.id
  const done: Remedy = { how, via, now: clock.now(), ...(by !== undefined && { by }), ...(why !== undefined && { why }) }
  if (draft.parked?.id === control.id) {
    if (draft.parked.again?.via === via) return 'settled'
    const edited = body === undefined ? undefined : editedBy(body, await headOf(scope, draft))
    applyUnpark(draft, draft.parked, { ...done, ...(edited !== undefined && { edited }) })
    return 'settled'
  }
  if (!fresh) return 'reload'
  const isDone = draft.redriven?.id === control.id || draft.effects.some((one) => one.kind === 'resolve' && one.id === control.id)
  const found = isDone ? undefined : await findFailed(store, instance, control.id)
  if (found === undefined || found.again?.via === via) return 'settled'
  const envelope = body === undefined ? found.envelope : editedBy(body, found.envelope)
  if (how === 'redriven' && (envelope === undefined || givenUpOnly.has(String(found.code)))) {
    log.write('warn', 'a message cannot be tried again: discard it, and send it anew', {
      instance,
      id: control.id,
      code: found.code,
    })
    return 'settled'
  }
  applyResolved(draft, { ...found, id: control.id }, { ...done, ...(body !== undefined && envelope && { edited: envelope }) })
  if (how === 'redriven' && envelope !== undefined) applyRestash(draft, envelope, { round: roundOf(found) + 1, via })
  return 'settled'
}

// Tried again, the one may have been applied long ago, and the other was never sent by whom it names.
const givenUpOnly: ReadonlySet<string> = new Set(['too-old', 'not-asked'])

const headOf = async ({ host }: Scope, { base, stash, redriven }: Draft): Promise<Envelope | undefined> => {
  if (redriven?.edited !== undefined) return envelopeIn(redriven.edited)
  const [head] = await readStash(host.store, base.instance, stash.first, stash.first + 1)
  return head?.envelope
}

const editedBy = (body: unknown, envelope: Envelope | undefined): Envelope | undefined => envelope && { ...envelope, body }
