// Failures that become messages: a process may name a supervisor, and senders, who are told when a message has failed for good. A
// supervisor may act on it, within limits, and pass on to its own supervisor what it cannot mend.
import type { Contract } from './contract.ts'
import type { Blueprint } from './definition.ts'
import { milliseconds } from './duration.ts'
import type { Envelope } from './envelope.ts'
import type { Again } from './failure.ts'
import { standsStillOn } from './held.ts'
import { applyLeft, type Draft, type FailedForGood, type Handled, setTimer } from './hop.ts'
import { roundMsMin } from './limits.ts'
import { applyMonitored, monitorTimer, pingOf } from './monitor.ts'
import { address, parseAddress } from './names.ts'
import type { Intensity } from './orders.ts'
import { sweepOf } from './row.ts'
import type { Schema } from './schema.ts'
import { beatType, watchType } from './waits.ts'

/** What a supervisor is told. `id` names the message, as in `ctx.supervise(Order, instance).redrive(id)`. */
export interface Failed {
  readonly process: string
  readonly instance: string
  readonly id: string
  readonly type: string
  readonly code: string
  readonly reason: string
  readonly attempts: number
  /** Whether the instance stands still on it. */
  readonly parked: boolean
  /** How often it had failed for good before, and was redriven. */
  readonly round: number
  /** The limit on restarts is reached: what a supervisor ordered last was not done. */
  readonly exhausted: boolean
  /** Addresses of the supervisors that have passed it on, the nearest first. */
  readonly via: readonly string[]
}

/** The message of a supervisor, or of a sender, that is told of failures: `messages: { Failed: failedNotice }`. */
export const failedNotice: Schema<Failed> = {
  '~standard': {
    version: 1,
    vendor: 'gavotte',
    validate: (value) => {
      const notice = value as Partial<Failed> | null
      const isNotice = typeof notice?.process === 'string' && typeof notice.instance === 'string' && typeof notice.id === 'string'
      if (!isNotice) return { issues: [{ message: 'not a notice of a failed message' }] }
      return { value: { round: 0, exhausted: false, via: [], ...notice } as Failed }
    },
  },
}

/** What an instance begins again with: its initial state, or what it had before the message that failed. */
export type RestartFrom = 'initial' | 'lastGood'

/** A contract that takes notices of failures. */
export type Told = Contract<string, { readonly Failed: Schema<Failed> }>

/** Who is told of a process's failures. */
export interface Supervisor {
  /** Has the message `Failed: failedNotice`. */
  readonly process: Told
  /** Its instance. Default: the name of the process that is supervised. */
  readonly id?: string
  /**
   * How many restarts of one instance the supervisor may order, in how long; past it nothing is done, and the failure goes to the
   * supervisor's own supervisor, or comes back to it as `exhausted` where it has none. Default 5 within `1h`.
   */
  readonly restarts?: Intensity
}

/** The instance that supervises those of a process; undefined if there is none. */
export const supervisorOf = ({
  contract,
  supervisor,
}: Pick<Blueprint, 'contract' | 'supervisor'>): { readonly process: string; readonly id: string } | undefined =>
  supervisor && { process: supervisor.process.name, id: supervisor.id ?? contract.name }

const reasonLengthMax = 2000

/** Who is to hear of a failure is told, with the commit that keeps it. @param forGood false where nobody could have handled it */
export const applyTold = (
  draft: Draft,
  process: Blueprint,
  envelope: Envelope,
  { reason, attempts }: Pick<FailedForGood, 'reason' | 'attempts'>,
  again: Again | undefined,
  forGood = true,
): void => {
  const { id, type, from = '', reply } = envelope
  const body: Failed = {
    process: process.contract.name,
    instance: draft.base.instance,
    id,
    type,
    code: reason.code,
    reason: reason.text.slice(0, reasonLengthMax).toWellFormed(),
    attempts,
    parked: standsStillOn(draft, id),
    round: again?.round ?? 0,
    exhausted: false,
    via: [],
  }
  const supervisor = forGood ? supervisorOf(process) : undefined
  if (supervisor !== undefined) tell(draft, supervisor, 'Failed', body, envelope)
  // Who asked has the answer. Two that fail to hear of failures must not tell each other so for ever.
  const sender = reply === undefined && type !== 'Failed' ? parseAddress(from) : undefined
  if (sender !== undefined && process.tells.some(({ name }) => name === sender.process))
    tell(draft, { process: sender.process, id: sender.instance }, 'Failed', body, envelope)
}

/** An instance that must show that it is there asks to be monitored, with the commit that begins it. */
export const applyWatched = (draft: Draft, process: Blueprint, envelope: Envelope): void => {
  const supervisor = supervisorOf(process)
  if (process.heartbeat === undefined || supervisor === undefined) return
  if (draft.base.state !== undefined || draft.state === undefined) return
  const isAsked = draft.effects.some((effect) => effect.kind === 'send' && effect.type === watchType)
  if (!isAsked) tell(draft, supervisor, watchType, { every: milliseconds(process.heartbeat.every) }, envelope)
}

/** An instance is monitored at its own wish. @param everyMs how long a round is */
export const applyWatch = (
  draft: Draft,
  of: string,
  everyMs: number,
  { id: cause, trace, hops }: Envelope,
  now: number,
): void => {
  applyMonitored(draft, of, true)
  const every = Math.max(roundMsMin, everyMs)
  setTimer(draft, { kind: 'timer', name: monitorTimer(of), type: beatType, body: { of }, due: now + every, every, trace, cause })
  draft.effects.push(pingOf(of, { trace, cause, hops: hops + 1 }))
}

/** What has come from below goes on to the supervisor's own supervisor. */
export const applyEscalated = (draft: Draft, process: Blueprint, envelope: Envelope): void => {
  const supervisor = supervisorOf(process)
  if (supervisor !== undefined)
    tell(draft, supervisor, 'Failed', passedOn(envelope.body as Failed, process, draft.base.instance), envelope)
}

/** A notice as the next supervisor gets it. */
export const passedOn = (failed: Failed, { contract }: Pick<Blueprint, 'contract'>, instance: string): Failed => ({
  ...failed,
  via: [...failed.via, address(contract.name, instance)],
})

/** Sends with the commit. @param envelope behind it */
export const tell = (
  draft: Draft,
  to: { readonly process: string; readonly id: string },
  type: string,
  body: object,
  { id: cause, trace, hops }: Envelope,
): void => {
  draft.effects.push({ kind: 'send', process: to.process, to: to.id, type, body, trace, cause, hops: hops + 1 })
  draft.changed = true
}

/**
 * The instance begins again. What it set up goes with its state: timers, calls under way, flows, monitors, rows. Messages stay, those in the
 * stash too, since whoever sent them relies on it.
 * @param envelope of the order @param initial what it begins with
 */
export const applyRestart = (
  draft: Draft,
  process: Blueprint,
  envelope: Envelope,
  initial: Pick<Handled, 'state' | 'view' | 'schema'>,
): void => {
  const sends = sweepOf(process, draft.base.instance, envelope)
  applyLeft(draft, { state: undefined, view: undefined, schema: draft.schema, sends, timers: new Map(), bytes: 0 })
  draft.state = initial.state
  draft.view = initial.view
  draft.schema = initial.schema
  draft.changed = true
}
