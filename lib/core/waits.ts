// What an instance waits for: its timers, and the answers to its calls. The record lists them, so that cancelling is a change of state.
//
// What comes and is not listed is late: cancelled, replaced, answered before. A cached record may say so only of what it is new enough
// to know (I1): a listing that was set by a later version means reload.

import { milliseconds } from './duration.ts'
import type { Envelope } from './envelope.ts'
import { Rejected } from './errors.ts'
import { timerMsMax, timerNameLengthMax, timersMax } from './limits.ts'

/** A timer that is set. */
export interface Timer {
  /** Digest of the id under which it comes. */
  readonly id: string
  /** ms since 1970. */
  readonly due: number
  /** ms; it comes again and again. */
  readonly every?: number
}
/** A call that is not answered yet. */
export interface Call {
  /** Address of whom it asks. */
  readonly of: string
  /** Type of the internal message that brings the outcome. */
  readonly outcome: string
  /** Name of the timer that is its deadline. */
  readonly timer: string
}
/** Timers by name, calls by the digest of the request's id. */
export interface Waits {
  readonly timers: ReadonlyMap<string, Timer>
  readonly calls: ReadonlyMap<string, Call>
}
export const noWaits: Waits = { timers: new Map(), calls: new Map() }

/** As JSON text; undefined if it waits for nothing. */
export const encodeWaits = ({ timers, calls }: Waits): string | undefined =>
  timers.size + calls.size === 0 ? undefined : JSON.stringify({ timers: [...timers], calls: [...calls] })

export const decodeWaits = (text: string | undefined): Waits => {
  if (text === undefined) return noWaits
  const { timers, calls } = JSON.parse(text) as { readonly timers: [string, Timer][]; readonly calls: [string, Call][] }
  return { timers: new Map(timers), calls: new Map(calls) }
}

/** Types of messages that are the framework's own. */
export const replyType = '~reply'
export const deadlineType = '~deadline'
export const wakeType = '~wake'
export const cancelType = '~cancel'
export const redriveType = '~redrive'
export const discardType = '~discard'
export const restartType = '~restart'
/** To a supervisor: what it has to tell its own. */
export const escalateType = '~escalate'
/** Asks an instance whether it is there. */
export const pingType = '~ping'
/** The timer of a monitor. */
export const beatType = '~beat'
/** Asks a supervisor to monitor who sends it. */
export const watchType = '~watch'
/** In the place of an outcome's type: a flow waits for the answer. */
export const flowOutcome = '~flow'
/** As `flowOutcome`: a monitor waits for it. */
export const monitorOutcome = '~monitor'

/** The version whose commit made the id, and the address of the instance that made it; undefined for a client's. */
export const makerOf = (id: string): { readonly address: string; readonly version: number } | undefined => {
  const [, address = '', version = ''] = /^(.+)\/(\d+)\/[^/]+$/.exec(id) ?? []
  return address === '' ? undefined : { address, version: Number(version) }
}

/** Whether a message stands outside the window of seen ids: what lists it decides. */
export const isListed = ({ timer, type }: Envelope): boolean => timer !== undefined || type === replyType || type === wakeType

/**
 * When a timer that comes again is due next: a whole number of periods after it was due, so that it does not drift; times that have
 * passed already are left out.
 */
export const nextDue = (due: number, every: number, now: number): number =>
  due + every * Math.max(1, Math.ceil((now - due + 1) / every))

/** @returns ms since 1970 @throws Rejected if it is no time, or too far ahead */
export const demandDue = (due: number, now: number): number => {
  if (Number.isFinite(due) && due - now <= timerMsMax) return Math.round(due)
  throw new Rejected(
    'illegal-timer',
    `a timer must be due within ${Math.floor(timerMsMax / 86_400_000)} days, this one is ${Number.isFinite(due) ? new Date(due).toISOString() : 'at no time'}: set a nearer one, and from there the next`,
  )
}

/** @returns ms, over 0 @throws Rejected if it is no duration, or none is left of it */
export const demandDelay = (duration: string | number, what: string): number => {
  let ms: number
  try {
    ms = milliseconds(duration)
  } catch (cause) {
    throw new Rejected('illegal-duration', `${what}: ${(cause as Error).message}`, { cause })
  }
  if (ms > 0) return ms
  throw new Rejected('illegal-duration', `${what} must be over 0`)
}

/** @throws Rejected if a timer cannot have this name */
export const demandTimerName = (name: string): string => {
  if (name.length > 0 && name.length <= timerNameLengthMax && !name.startsWith('~')) return name
  throw new Rejected(
    'illegal-timer-name',
    `timer name ${JSON.stringify(name.slice(0, 80))}: 1 to ${timerNameLengthMax} characters, not beginning with ~`,
  )
}

/** @throws Rejected if an instance that has `count` waits may not have another */
export const demandRoom = (count: number): void => {
  if (count >= timersMax)
    throw new Rejected(
      'too-many-waits',
      `an instance waits for at most ${timersMax} timers and answers: cancel some, or use several instances`,
    )
}
