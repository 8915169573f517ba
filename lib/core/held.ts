// Holding: what no queue will ever take as things are stays in the record, as it was to be sent, until somebody has mended what refuses it.
//
// I1: it is kept with its reason where the operator finds it. I4: of what goes to one receiver nothing overtakes what is held of it. I7: it
// keeps its id and its text, whichever commit sends it in the end.
import { digest } from './digest.ts'
import { type Commit, type Effect, envelopeOf, type ForwardEffect, messageId, timerEnvelopeOf } from './effect.ts'
import { type Envelope, encodeEnvelope } from './envelope.ts'
import { type Again, failureOf, type Reason } from './failure.ts'
import type { Draft } from './hop.ts'
import { heldBytesMax } from './limits.ts'
import { address } from './names.ts'
import { applyResolved, type Remedy, roundOf } from './park.ts'

/** A message that is held, or a timer. */
export interface Held {
  /** Whom it is for. */
  readonly process: string
  readonly to: string
  readonly id: string
  /** The envelope as JSON text. */
  readonly text: string
  /** Of a timer: ms since 1970. */
  readonly due?: number
  /** It was redriven, and refused again. */
  readonly again?: Again
}

export const encodeHeld = (held: readonly Held[]): string | undefined => (held.length > 0 ? JSON.stringify(held) : undefined)
export const decodeHeld = (text: string | undefined): readonly Held[] =>
  text === undefined ? [] : (JSON.parse(text) as readonly Held[])

/** Within a lane order holds: what goes to one receiver, or one timer. */
const laneOf = ({ process, to, id, due }: Held): string => (due === undefined ? address(process, to) : id)

/** Receivers for whom something is held. */
export const receiversOf = (held: readonly Held[]): ReadonlySet<string> =>
  held.length === 0 ? none : new Set(held.filter(({ due }) => due === undefined).map(laneOf))
const none: ReadonlySet<string> = new Set()

/** Under which id it has failed: its own may fail a second time, with its receiver. */
export const failedIdOf = ({ id, process, to }: Pick<Held, 'id' | 'process' | 'to'>): string => `${id}@${address(process, to)}`

/** What a commit holds: what its draft does, and what it sends to receivers for whom something is held before. */
export const heldWith = (draft: Draft, commit: Commit, effects: readonly Effect[]): Pick<Draft, 'held' | 'still'> => {
  if (draft.held.length === 0) return { held: [], still: false }
  const waiting = receiversOf(draft.held)
  const behind = effects.flatMap((effect, index) =>
    effect.kind === 'send' && waiting.has(address(effect.process, effect.to)) ? heldOf(commit, effect, index) : [],
  )
  const held = [...draft.held, ...behind]
  const characters = held.reduce((sum, { text }) => sum + text.length, 0)
  return { held, still: draft.still || characters > heldBytesMax }
}

const heldOf = (commit: Commit, effect: Effect | undefined, index: number): readonly Held[] => {
  switch (effect?.kind) {
    case 'send': {
      const { process, to } = effect
      return [{ process, to, id: messageId(commit, index), text: encodeEnvelope(envelopeOf(commit, index, effect)) }]
    }
    case 'timer': {
      const text = encodeEnvelope(timerEnvelopeOf(commit, index, effect))
      return [{ process: commit.process, to: commit.instance, id: messageId(commit, index), text, due: effect.due }]
    }
    case 'forward': {
      const { kind: _, ...held } = effect
      return [held]
    }
    default:
      return []
  }
}

/** What is refused for good in one lane. */
export interface RefusedLane {
  /** What the queue said. */
  readonly error: string
  /** Which effects were not sent, in their order: what was refused, and what waits behind it. */
  readonly effects: readonly number[]
}
export interface CountedLane extends RefusedLane {
  /** How often it was refused. */
  readonly times: number
}

/** Something that was not sent, as it is kept and told of. */
export interface NotSent {
  readonly envelope: Envelope
  readonly reason: Reason
  readonly attempts: number
  readonly again: Again | undefined
}

/**
 * What the base's commit left to be sent, and is refused for good, is held; the first of each lane has failed.
 * @param still whether the instance stands still on it
 * @returns what has failed
 */
export const applyHeld = (
  draft: Draft,
  process: string,
  lanes: readonly CountedLane[],
  { now, still }: { readonly now: number; readonly still: boolean },
): readonly NotSent[] => {
  const { instance, version, at, effects } = draft.base
  const commit = { process, instance, version, at }
  draft.still ||= still
  draft.changed = true
  return lanes.flatMap(({ error, effects: unsent, times: attempts }) => {
    const held = unsent.flatMap((index) => heldOf(commit, effects[index], index))
    draft.held = [...draft.held, ...held]
    return held.slice(0, 1).map((head) => {
      const { again } = head
      const envelope = noticeOf(head, instance)
      const receiver = head.due === undefined ? address(head.process, head.to) : 'its timer queue'
      const text = `${receiver} was not sent it, refused ${attempts} times: ${error}. See to that and redrive`
      const reason: Reason = { code: 'not-sent', text }
      draft.effects.push({
        kind: 'fail',
        failure: { ...failureOf(envelope, reason, attempts, now), ...(again !== undefined && { again }) },
      })
      draft.failed += 1
      return { envelope, reason, attempts, again }
    })
  })
}

// Addressed to whoever holds it, so that a copy that somebody moves back to the mailbox comes to the right place.
const noticeOf = (held: Held, instance: string): Envelope => {
  const { reply: _, timer: __, ...envelope } = JSON.parse(held.text) as Envelope
  return { ...envelope, id: failedIdOf(held), to: instance }
}

/** The first of a lane, by the id under which it has failed. */
export const heldUnder = ({ held }: Pick<Draft, 'held'>, id: string): Held | undefined => {
  const found = held.find((one) => failedIdOf(one) === id)
  return found && held.find((one) => laneOf(one) === laneOf(found)) === found ? found : undefined
}

/** Whether the instance stands still on what has failed under this id. */
export const standsStillOn = (draft: Pick<Draft, 'parked' | 'held' | 'still'>, id: string): boolean =>
  draft.parked?.id === id || (draft.still && heldUnder(draft, id) !== undefined)

/** What is held of a lane goes out, before all else of this commit: with its first, or without it where that is given up. */
export const applyForward = (draft: Draft, head: Held, remedy: Remedy): void => {
  const [, ...behind] = draft.held.filter((one) => laneOf(one) === laneOf(head))
  const id = failedIdOf(head)
  applyResolved(draft, { id, ...(head.again !== undefined && { again: head.again }) }, remedy)
  if (remedy.how === 'discarded') draft.awaits = draft.awaits.filter((one) => one !== digest(head.id))
  const first = remedy.how === 'redriven' ? [{ ...head, again: { round: roundOf(head) + 1 } }] : []
  const forwards = [...first, ...behind].map((one): ForwardEffect => ({ kind: 'forward', ...one }))
  draft.effects = [...forwards, ...draft.effects]
  draft.effectsBytes += forwards.reduce((sum, { text }) => sum + text.length, 0)
  draft.held = draft.held.filter((one) => laneOf(one) !== laneOf(head))
  draft.still &&= draft.held.length > 0
}

/** The timer that is held, as it would come, if the record waits for it still. */
export const heldTimer = ({ timers }: Draft, { id, text }: Held): Envelope | undefined =>
  [...timers.values()].some((timer) => 'id' in timer && timer.id === digest(id)) ? (JSON.parse(text) as Envelope) : undefined
