// Failures that become messages: a process may name a supervisor, which is told when a message has failed for good, and may act on it.
import type { Contract } from './contract.ts'
import type { Blueprint } from './definition.ts'
import type { Envelope } from './envelope.ts'
import { applyLeft, type Draft, type FailedForGood, settle } from './hop.ts'
import { sweepOf } from './row.ts'
import type { Schema } from './schema.ts'

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
}

/** The schema of a supervisor's message `Failed`. */
export const failedNotice: Schema<Failed> = {
  '~standard': {
    version: 1,
    vendor: 'gavotte',
    validate: (value) => {
      const notice = value as Partial<Failed> | null
      const isNotice = typeof notice?.process === 'string' && typeof notice.instance === 'string' && typeof notice.id === 'string'
      return isNotice ? { value: notice as Failed } : { issues: [{ message: 'not a notice of a failed message' }] }
    },
  },
}

/** Who is told of a process's failures. */
export interface Supervisor {
  /** Has the message `Failed: failedNotice`. */
  readonly process: Contract<string, { readonly Failed: Schema<Failed> }>
  /** Its instance. Default: the name of the process that is supervised. */
  readonly id?: string
}

/** The supervisor is told, with the commit that keeps the failure. */
export const applyTold = (draft: Draft, { contract, supervisor }: Blueprint, envelope: Envelope, failed: FailedForGood): void => {
  if (supervisor === undefined) return
  const { id, type, trace, hops } = envelope
  const { code, text } = failed.reason
  const parked = draft.parked?.id === id
  const body: Failed = {
    process: contract.name,
    instance: draft.base.instance,
    id,
    type,
    code,
    reason: text.slice(0, 2000).toWellFormed(),
    attempts: failed.attempts,
    parked,
  }
  const to = supervisor.id ?? contract.name
  draft.effects.push({
    kind: 'send',
    process: supervisor.process.name,
    to,
    type: 'Failed',
    body,
    trace,
    cause: id,
    hops: hops + 1,
  })
}

/** The instance begins again from its initial state; what it stood still on, and what is stashed, stay. */
export const applyRestart = (draft: Draft, process: Blueprint, envelope: Envelope, now: number): void => {
  settle(draft, envelope, now)
  const sends = sweepOf(process, draft.base.instance, envelope)
  applyLeft(draft, { state: undefined, view: undefined, schema: draft.schema, sends, timers: new Map(), bytes: 0 })
}
