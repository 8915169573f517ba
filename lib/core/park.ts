// Parking: an instance whose message has failed for good stands still on it, and what comes after is stashed behind it, in order.
//
// The stash is a queue of items in the table, numbered from `first` to before `next`; its head is the message that failed. Both are
// effects of commits, so that they are as durable as the record that counts them. Redriven, the stash is drained from its head before
// anything else; an id entered the window when it was stashed, so the drain does not ask it (I2, I4).
import { digest } from './digest.ts'
import { type Envelope, encodeEnvelope } from './envelope.ts'
import { type Again, failedSk, failureOf, type Reason } from './failure.ts'
import { applyAnswer, applySetAside, type Draft, type FailedForGood, settle } from './hop.ts'
import type { Item } from './item.ts'
import { messageItems } from './page.ts'
import { isListed } from './waits.ts'

/** What an instance stands still on. */
export interface Parked {
  /** Of the message. */
  readonly id: string
  readonly code: Reason['code']
  /** ms since 1970. */
  readonly at: number
  readonly again?: Again
}

/** Numbers of the stashed messages: `first` to before `next`. */
export interface Stash {
  readonly first: number
  readonly next: number
}
export const noStash: Stash = { first: 0, next: 0 }

/** A message to be stashed under a number. */
export interface StashEffect {
  readonly kind: 'stash'
  readonly number: number
  readonly again?: Again
  /** The envelope as JSON text. */
  readonly message: string
}

/** What was done about a message that had failed for good; kept beside it. */
export interface ResolveEffect {
  readonly kind: 'resolve'
  readonly id: string
  readonly round: number
  readonly how: 'redriven' | 'discarded'
  /** ms since 1970. */
  readonly at: number
  /** Who did it, and why, in their own words. */
  readonly by?: string
  readonly why?: string
  /** The message that took its place, as JSON text. */
  readonly edited?: string
}

type Still = Pick<Draft, 'parked' | 'still'>

/** Whether nothing is handled until somebody does something about what has failed for good. */
export const isParked = ({ parked, still }: Still): boolean => parked !== undefined || still

/** As `isParked`, or something waits behind what was dealt with. */
export const isStandingStill = ({ stash, ...one }: Still & Pick<Draft, 'stash'>): boolean =>
  isParked(one) || stash.first < stash.next

/** Whether stashed messages are to be handled before any other. */
export const isDraining = (one: Still & Pick<Draft, 'stash'>): boolean =>
  !one.still && one.parked === undefined && isStandingStill(one)

/** A message has failed for good, and the instance stands still on it. */
export const applyPark = (draft: Draft, envelope: Envelope, failed: FailedForGood): void => {
  applySetAside(draft, envelope, failed)
  draft.parked = { id: envelope.id, code: failed.reason.code, at: failed.now }
  stash(draft, failed.kept ?? envelope)
}

/** A message behind the one that the instance stands still on. What the record lists stays listed, and is judged when it is drained. */
export const applyStash = (draft: Draft, envelope: Envelope, now: number): void => {
  if (!isListed(envelope)) settle(draft, envelope, now)
  stash(draft, envelope)
}

/** A message that was set aside is to be tried again: it goes through the stash, as the last. */
export const applyRestash = (draft: Draft, envelope: Envelope, again: Again): void => stash(draft, envelope, again)

const stash = (draft: Draft, envelope: Envelope, again?: Again): void => {
  const { first, next } = draft.stash
  const message = encodeEnvelope(envelope)
  draft.effects.push({ kind: 'stash', number: next, ...(again !== undefined && { again }), message })
  draft.effectsBytes += message.length
  draft.stash = { first, next: next + 1 }
  draft.changed = true
}

/** What an operator wants done with a message that has failed for good. */
export interface Remedy {
  readonly how: ResolveEffect['how']
  readonly now: number
  readonly by?: string
  readonly why?: string
  /** Takes the place of the message. */
  readonly edited?: Envelope
}

/** The instance goes on: with the message that it stood still on, or behind it. */
export const applyUnpark = (draft: Draft, parked: Parked, remedy: Remedy): void => {
  applyResolved(draft, parked, remedy)
  draft.parked = undefined
  if (remedy.how === 'redriven') {
    // Edited before, it is the edited one that failed last.
    const edited = remedy.edited === undefined ? draft.redriven?.edited : encodeEnvelope(remedy.edited)
    draft.redriven = { id: parked.id, again: { round: roundOf(parked) + 1 }, ...(edited !== undefined && { edited }) }
    return
  }
  draft.stash = { ...draft.stash, first: draft.stash.first + 1 }
  draft.redriven = undefined
}

/** How often it failed for good before. */
export const roundOf = ({ again }: { readonly again?: Again }): number => again?.round ?? 0

/** Something is done about a message that has failed for good. @param counted whether the record counts it: not what was malformed */
export const applyResolved = (
  draft: Draft,
  failed: Pick<Parked, 'id' | 'again'>,
  { how, now, by, why, edited }: Remedy,
  counted = true,
): void => {
  draft.effects.push({
    kind: 'resolve',
    id: failed.id,
    round: roundOf(failed),
    how,
    at: now,
    ...(by !== undefined && { by }),
    ...(why !== undefined && { why }),
    ...(edited !== undefined && { edited: encodeEnvelope(edited) }),
  })
  if (counted) draft.failed = Math.max(0, draft.failed - 1)
  draft.changed = true
}

/** The head of the stash is done with. */
export const applyDrained = (draft: Draft): void => {
  draft.stash = { ...draft.stash, first: draft.stash.first + 1 }
  draft.redriven = undefined
  draft.changed = true
}

/** The head of the stash has failed for good: the instance stands still on it, and it stays where it is. */
export const applyParkAgain = (
  draft: Draft,
  envelope: Envelope,
  { reason, attempts, now }: FailedForGood,
  again: Again | undefined,
): void => {
  const tried = again === undefined ? {} : { again }
  draft.effects.push({ kind: 'fail', failure: { ...failureOf(envelope, reason, attempts, now), ...tried } })
  draft.failed += 1
  draft.attempts.delete(digest(envelope.id))
  draft.parked = { id: envelope.id, code: reason.code, at: now, ...tried }
  applyAnswer(draft, envelope, { ok: false, code: reason.code, message: reason.text })
  draft.changed = true
}

const pad = (number: number): string => String(number).padStart(12, '0')
export const stashSk = (number: number): string => `stash/${pad(number)}`
/** Items of the numbers `from` to before `to`, with their pages. */
export const stashRange = (from: number, to: number): { readonly from: string; readonly to: string } => ({
  from: stashSk(from),
  to: `${stashSk(to - 1)}~`,
})

/** The items that keep a stashed message: one, and pages before it where it is long. The same effect gives the same items. */
export const stashItems = (pk: string, { number, again, message }: StashEffect): readonly Item[] =>
  messageItems({ pk, sk: stashSk(number), attributes: { ...again } }, message)

export const resolvedSk = (id: string, round: number): string => failedSk(id, round).replace('failed/', 'resolved/')

export const resolvedItem = (pk: string, effect: ResolveEffect): Item => ({
  pk,
  sk: resolvedSk(effect.id, effect.round),
  attributes: { ...effect },
})
