// Monitors: an instance asks others again and again whether they are there, and is told when one is not, and when it is again.
//
// A round is a request with a deadline, listed as any other: a timer that comes again ends one round and begins the next, and an answer
// counts in its own round only. What is believed changes with the commit that takes the answer or the timer, whatever becomes of the
// message, so that Down and Up take turns. A ping is answered from the record as it stands, and leaves no trace in it.
import type { Admission } from './admission.ts'
import type { Answer } from './call.ts'
import type { Blueprint } from './definition.ts'
import { digest } from './digest.ts'
import { type SendEffect, withoutAsking } from './effect.ts'
import { type Envelope, envelopeVersion } from './envelope.ts'
import type { Draft } from './hop.ts'
import { parseAddress } from './names.ts'
import type { Schema } from './schema.ts'
import { beatType, monitorOutcome, pingType, replyType } from './waits.ts'

/** `parked` and `ended` are facts of the moment; `suspected`: no answer came in time, and nobody knows why. */
export type DownReason = 'parked' | 'ended' | 'suspected'

/** An instance that is monitored is not there. Told once, until `Up`. */
export interface Down {
  readonly process: string
  readonly instance: string
  readonly reason: DownReason
}
/** It answers again. */
export interface Up {
  readonly process: string
  readonly instance: string
  /** Why it was held for down last. */
  readonly was: DownReason
}

const reasons: readonly unknown[] = ['parked', 'ended', 'suspected'] satisfies readonly DownReason[]

/** What tells these schemas from a user's own. */
const vendor = 'gavotte/monitor'

const noticeWith = <T>(field: keyof T & string): Schema<T> => ({
  '~standard': {
    version: 1,
    vendor,
    validate: (value) => {
      const { process, instance, [field]: reason } = (value ?? {}) as { readonly [name: string]: unknown }
      const isNotice = typeof process === 'string' && typeof instance === 'string' && reasons.includes(reason)
      return isNotice ? { value: value as T } : { issues: [{ message: 'not a notice of a monitor' }] }
    },
  },
})

/** What a process that monitors is told: `internal: { ...monitorNotices }`. */
export const monitorNotices: { readonly Down: Schema<Down>; readonly Up: Schema<Up> } = {
  Down: noticeWith<Down>('reason'),
  Up: noticeWith<Up>('was'),
}

/** Whether a process may monitor others: it takes the notices, and has timers. */
export const monitors = ({ internal, deploy }: Monitoring): boolean =>
  deploy.timers && internal.Down?.['~standard'].vendor === vendor && internal.Up?.['~standard'].vendor === vendor
type Monitoring = Pick<Blueprint, 'internal' | 'deploy'>

/** Whether it can monitor an instance. @param of address */
export const mayMonitor = (process: Monitoring & Pick<Blueprint, 'uses'>, of: string): boolean =>
  monitors(process) && process.uses.some(({ name }) => name === parseAddress(of)?.process)

/** What an instance believes of one that it monitors. */
export interface Monitor {
  /** Undefined: it is there, as far as is known. */
  readonly down?: DownReason
  /** It has asked for it by its heartbeat, and needs no more watching once it has ended. */
  readonly heartbeat?: true
}

/** As JSON text; undefined if there are none. */
export const encodeMonitors = (held: ReadonlyMap<string, Monitor>): string | undefined =>
  held.size === 0 ? undefined : JSON.stringify([...held])
export const decodeMonitors = (text: string | undefined): ReadonlyMap<string, Monitor> =>
  new Map(text === undefined ? [] : (JSON.parse(text) as [string, Monitor][]))

/** The timer that ends each round. @param of address */
export const monitorTimer = (of: string): string => `~monitor/${digest(of)}`

/** The address that a timer of a monitor is about. */
export const monitoredBy = ({ body }: Pick<Envelope, 'body'>): string => String((body as { readonly of?: unknown } | null)?.of)

/** Asks whether an instance is there; the answer ends the round well. */
export const pingOf = (of: string, { trace, cause, hops }: Pick<SendEffect, 'trace' | 'cause' | 'hops'>): SendEffect => {
  const { process = '', instance = '' } = parseAddress(of) ?? {}
  const asks = { outcome: monitorOutcome, timer: monitorTimer(of) }
  return { kind: 'send', process, to: instance, type: pingType, body: {}, trace, cause, hops, asks }
}

/** No answer came. */
export const silence: Answer = { ok: false, code: 'deadline', message: 'no answer came in time' }

/** What an answer to a ping says; undefined: it is there. */
const downIn = (answer: Answer): DownReason | undefined => {
  if (answer.ok) return undefined
  if (answer.code === 'deadline') return 'suspected'
  return answer.code === 'parked' || answer.code === 'ended' ? answer.code : undefined
}

/** A round has come to its end. The instance is told only of what it does not believe already. */
export const endOfRound = (draft: Draft, process: Monitoring, of: string, answer: Answer): Admission => {
  const { down: was } = draft.monitors.get(of) ?? {}
  const down = downIn(answer)
  if (!monitors(process) || (was === undefined) === (down === undefined)) return { kind: 'round' }
  const { process: name = '', instance = '' } = parseAddress(of) ?? {}
  const about = { process: name, instance }
  const body: Down | Up = down !== undefined ? { ...about, reason: down } : { ...about, was: was ?? 'suspected' }
  return { kind: 'handle', as: 'message', type: down !== undefined ? 'Down' : 'Up', body, raw: body }
}

/** What is believed after a round. */
export const applyRound = (draft: Draft, of: string, answer: Answer): void => {
  const down = downIn(answer)
  const { heartbeat } = draft.monitors.get(of) ?? {}
  if (!draft.monitors.has(of)) return
  if (heartbeat && down === 'ended') return applyDemonitored(draft, of)
  draft.monitors.set(of, { ...(down !== undefined && { down }), ...(heartbeat && { heartbeat }) })
}

/** Begins a round. What is believed stays. */
export const applyMonitored = (draft: Draft, of: string, heartbeat = false): void => {
  forgetRounds(draft, of)
  const known = draft.monitors.get(of) ?? {}
  draft.monitors.set(of, { ...known, ...(heartbeat && { heartbeat }) })
}

/** Nothing more is heard of it. */
export const applyDemonitored = (draft: Draft, of: string): void => {
  forgetRounds(draft, of)
  draft.monitors.delete(of)
  draft.timers.delete(monitorTimer(of))
}

// Answers of rounds before count no more, those that are asked for in this very commit among them.
const forgetRounds = (draft: Draft, of: string): void => {
  const name = monitorTimer(of)
  for (const [call, { timer }] of draft.calls) if (timer === name) draft.calls.delete(call)
  draft.effects = draft.effects.map((effect) =>
    effect.kind === 'send' && effect.asks?.timer === name ? withoutAsking(effect) : effect,
  )
}

/** The end of one round is the beginning of the next. @param cause id of the timer's message */
export const applyNextRound = (draft: Draft, of: string, { trace, id }: Pick<Envelope, 'trace' | 'id'>): void => {
  if (draft.monitors.has(of)) draft.effects.push(pingOf(of, { trace, cause: id, hops: 1 }))
}

/** Whether a message is the timer of a monitor. */
export const isBeat = ({ type }: Pick<Envelope, 'type'>): boolean => type === beatType

type Status = 'up' | Exclude<DownReason, 'suspected'>
const statusOf = (draft: Draft): Status => {
  if (draft.parked !== undefined || draft.still) return 'parked'
  return draft.state === undefined && draft.flows.length === 0 ? 'ended' : 'up'
}

/** An answer to a ping, and the process that it is for. */
export interface Pong {
  readonly process: string
  readonly envelope: Envelope
}

/**
 * The answer to a ping. It belongs to no commit: the same record gives the same answer, byte by byte, and one that was lost is missed by
 * the round that it was for.
 */
export const pongOf = (draft: Draft, self: string, { id, reply = '', at, trace, hops }: Envelope): Pong => {
  const { process = '', instance: to = '' } = parseAddress(reply) ?? {}
  const status = statusOf(draft)
  const answer = status === 'up' ? { ok: true, reply: {} } : { ok: false, code: status, message: `${self} is ${status}` }
  const envelope: Envelope = {
    v: envelopeVersion,
    id: `${self}/${draft.base.version}/${status}-${digest(id)}`,
    to,
    type: replyType,
    body: { call: id, ...answer },
    // As of when it was asked: what it says was true after that.
    at,
    from: self,
    trace,
    cause: id,
    hops: hops + 1,
  }
  return { process, envelope }
}
