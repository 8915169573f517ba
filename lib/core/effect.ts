// Effects: what a commit leaves to be done. They sit in the record until they are known to be done, and are done the same way each time (I7).
import { deduplicationOf } from './digest.ts'
import { type Envelope, encodeBundle, encodeEnvelope, envelopeVersion } from './envelope.ts'
import type { Failure } from './failure.ts'
import type { Held } from './held.ts'
import { messageBytesMax } from './limits.ts'
import { address } from './names.ts'
import type { ResolveEffect, StashEffect } from './park.ts'
import type { RowEffect } from './row.ts'

export interface SendEffect {
  readonly kind: 'send'
  readonly process: string
  readonly to: string
  readonly type: string
  readonly body: unknown
  readonly trace: string
  readonly cause: string
  readonly hops: number
  /** A request: its answer goes to this instance. */
  readonly asks?: { readonly outcome: string; readonly timer: string }
}
/** A timer to be set: it comes back as a message of the instance to itself. */
export interface TimerEffect {
  readonly kind: 'timer'
  readonly name: string
  readonly type: string
  readonly body: unknown
  /** ms since 1970. */
  readonly due: number
  /** ms; it comes again and again. */
  readonly every?: number
  readonly trace: string
  readonly cause: string
}
/** A message that has failed for good: kept in the table, copied to the dead-letter queue. */
export interface FailEffect {
  readonly kind: 'fail'
  readonly failure: Failure
}
/** What was held is sent as it was to be sent first. */
export interface ForwardEffect extends Held {
  readonly kind: 'forward'
}
export type Effect = SendEffect | TimerEffect | ForwardEffect | FailEffect | StashEffect | ResolveEffect | RowEffect

/** A message whose answer nobody waits for. */
export const withoutAsking = ({ kind, process, to, type, body, trace, cause, hops }: SendEffect): SendEffect => ({
  kind,
  process,
  to,
  type,
  body,
  trace,
  cause,
  hops,
})

/** The commit that an effect belongs to: with the effect's index it gives the message its id. */
export interface Commit {
  readonly process: string
  readonly instance: string
  readonly version: number
  /** ms since 1970. */
  readonly at: number
}

/** `order/42/1795424400000000/0`: never used twice, since versions are not. */
export const messageId = ({ process, instance, version }: Commit, index: number): string =>
  `${address(process, instance)}/${version}/${index}`

export const envelopeOf = (commit: Commit, index: number, effect: SendEffect): Envelope => ({
  v: envelopeVersion,
  id: messageId(commit, index),
  to: effect.to,
  type: effect.type,
  body: effect.body,
  at: commit.at,
  from: address(commit.process, commit.instance),
  trace: effect.trace,
  cause: effect.cause,
  hops: effect.hops,
  ...(effect.asks !== undefined && { reply: address(commit.process, commit.instance) }),
})

/** A timer as it comes back. It was sent when it was due, as far as its handler is concerned; time breaks a chain of hops. */
export const timerEnvelopeOf = (commit: Commit, index: number, effect: TimerEffect): Envelope => ({
  v: envelopeVersion,
  id: messageId(commit, index),
  to: commit.instance,
  type: effect.type,
  body: effect.body,
  at: effect.due,
  from: address(commit.process, commit.instance),
  trace: effect.trace,
  cause: effect.cause,
  hops: 0,
  timer: effect.name,
})

/** One queue message to be: what one commit sends to one receiver, or as much of it as fits. */
export interface Parcel {
  readonly process: string
  readonly to: string
  readonly body: string
  readonly bytes: number
  readonly deduplication: string
  /** Which effects it carries. */
  readonly effects: readonly number[]
}

/**
 * Bundles what a commit sends: one parcel a receiver, in the order of the effects; more only where it would exceed a queue message.
 * The same effects always give the same parcels.
 * @param isHeld whether what goes to a receiver waits behind what no queue would take
 */
export const parcelsOf = (
  commit: Commit,
  effects: readonly Effect[],
  isHeld: (receiver: string) => boolean = () => false,
): readonly Parcel[] => {
  const open = new Map<string, Bundle>()
  const parcels: Parcel[] = []
  const close = (receiver: string): void => {
    const parcel = open.get(receiver)
    if (parcel === undefined) return
    const body = encodeBundle(parcel.texts)
    parcels.push({
      process: parcel.process,
      to: parcel.to,
      body,
      bytes: Buffer.byteLength(body),
      deduplication: deduplicationOf(`${parcel.first}+${parcel.texts.length}`, receiver),
      effects: parcel.effects,
    })
    open.delete(receiver)
  }
  effects.forEach((effect, index) => {
    if (effect.kind !== 'send' && (effect.kind !== 'forward' || effect.due !== undefined)) return
    const receiver = address(effect.process, effect.to)
    if (effect.kind === 'send' && isHeld(receiver)) return
    const text = effect.kind === 'forward' ? effect.text : encodeEnvelope(envelopeOf(commit, index, effect))
    const bytes = Buffer.byteLength(text) + 1
    const parcel = open.get(receiver)
    if (parcel !== undefined && parcel.bytes + bytes <= messageBytesMax) {
      parcel.texts.push(text)
      parcel.effects.push(index)
      parcel.bytes += bytes
      return
    }
    close(receiver)
    const { process, to } = effect
    const first = effect.kind === 'forward' ? effect.id : messageId(commit, index)
    open.set(receiver, { process, to, texts: [text], effects: [index], bytes: bytes + 2, first })
  })
  for (const receiver of open.keys()) close(receiver)
  return parcels
}

interface Bundle {
  readonly process: string
  readonly to: string
  readonly texts: string[]
  readonly effects: number[]
  bytes: number
  /** Id of its first message. */
  readonly first: string
}
