// Draining: what is stashed is handled in its order, before anything else, over as many commits as it takes.
import { Defect, Transient } from '../core/errors.ts'
import { type Draft, draftOf } from '../core/hop.ts'
import { batchEntriesMax, effectsBytesMax } from '../core/limits.ts'
import { applyDrained } from '../core/park.ts'
import type { Delivery } from '../ports/mailbox.ts'
import { envelopeIn, type KeptMessage, readStash } from './kept.ts'
import { type Message, type Scope, stepMessage } from './message.ts'
import { removeItems } from './records.ts'
import { begin, commit, type HopProgress, isRedelivered, read, reload, type Standing } from './standing.ts'

/** Stashed messages that one commit takes. */
const drainedAtOnce = 2 * batchEntriesMax

/** Handles the head of the stash and what follows it. @throws Transient where a message is to be tried again later, or time is over */
export const drain = async (scope: Scope, standing: Standing, progress: HopProgress): Promise<Standing> => {
  const { host, deadline } = scope
  const { instance, stash, redriven } = standing.record
  if (host.clock.now() >= deadline)
    throw new Transient('out-of-time', `${instance}: its stash is drained further by the next invocation`)
  // One of them may have ended an invocation: then each is tried alone, with the attempt written ahead.
  const careful = progress.left.some(isRedelivered)
  const to = Math.min(stash.next, stash.first + (careful ? 1 : drainedAtOnce))
  const messages = await readStash(host.store, instance, stash.first, to)
  if (messages === undefined) return overtaken(scope, standing)
  const draft = draftOf(standing.record)
  const edited = redriven?.edited === undefined ? undefined : envelopeIn(redriven.edited)
  const isRedriven = (kept: KeptMessage): boolean => kept.envelope?.id === redriven?.id
  let laterSeconds: number | undefined
  for (const kept of messages) {
    const message = asDelivered(isRedriven(kept) && edited !== undefined ? { ...kept, envelope: edited } : kept, careful)
    const step = await stepMessage(scope, draft, message, {
      fresh: standing.fresh,
      begun: progress.begun?.envelope.id,
      runs: progress.runs,
      pongs: [],
      stashed: { again: isRedriven(kept) ? redriven?.again : kept.again },
    })
    if (step.kind === 'reload') return reload(scope, standing, progress)
    if (step.kind === 'begin') return begin(scope, standing, message, progress)
    if (step.kind === 'return') {
      laterSeconds = step.seconds
      break
    }
    // It stands still on the head again.
    if (draft.parked !== undefined) break
    applyDrained(draft)
    if (draft.effectsBytes > effectsBytesMax / 2) break
  }
  const drained = messages.slice(0, draft.stash.first - stash.first).flatMap(({ sks }) => sks)
  return conclude(scope, standing, draft, progress, { drained, laterSeconds })
}

// Another environment may have drained it meanwhile, and removed what it had done with.
const overtaken = async (scope: Scope, { record }: Standing): Promise<Standing> => {
  const newest = await read(scope, record.instance, record)
  if (newest.record.version === record.version && newest.record.nonce === record.nonce)
    throw new Defect('stash-broken', `${record.instance}: a message of its stash is missing: restore the table`)
  return newest
}

const conclude = async (
  scope: Scope,
  standing: Standing,
  draft: Draft,
  progress: HopProgress,
  { drained, laterSeconds }: { readonly drained: readonly string[]; readonly laterSeconds: number | undefined },
): Promise<Standing> => {
  const { instance } = standing.record
  const next = draft.changed ? await commit(scope, standing, draft, progress) : { kind: 'won' as const, standing }
  if (next.kind === 'lost') return next.standing
  progress.begun = undefined
  // What stays is litter, and its number is not used again.
  await removeItems(scope.host.store, instance, drained)
  if (laterSeconds !== undefined)
    throw new Transient('stash-waits', `${instance}: a stashed message failed or must wait, and is tried again later`, {
      afterMs: laterSeconds * 1000,
    })
  return next.standing
}

const asDelivered = ({ envelope }: KeptMessage, careful: boolean): Message => {
  const delivery: Delivery = { messageId: '', receipt: '', body: '', receiveCount: careful ? 2 : 1, sentAt: 0 }
  return { envelope: envelope as NonNullable<typeof envelope>, delivery }
}
