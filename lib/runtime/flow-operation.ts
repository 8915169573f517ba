// What a flow's operations are made of.
import type { Breaker } from '../core/breaker.ts'
import { CallFailed } from '../core/call.ts'
import { FlowCancelled, GavotteError, Rejected, StepFailed } from '../core/errors.ts'
import type { Driven } from '../core/flow-hop.ts'
import type { FlowOp, Thrown } from '../core/journal.ts'
import type { Outbox } from './context.ts'

/** An operation that the code awaits. */
export interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  /** Makes of what travelled what the code gets. */
  readonly decode: (value: unknown) => unknown
  /** Of a step. */
  readonly work?: Work
}
export interface Work {
  readonly run: (key: string) => unknown
  readonly attempts: number
  readonly delayMs: number
  /** It asks a table of the framework's: trouble of that is no failure of it. */
  readonly ours?: true
  readonly breaker?: Breaker
}

/** What an operation does the first time, and how it is met again. */
export interface Operation {
  readonly label: string
  /** Done once, when the journal does not have it yet. @returns the value where there is one at once */
  readonly live?: (op: number, out: Live) => unknown
  readonly decode?: (value: unknown) => unknown
  readonly work?: Work
}

/** The commit in the making. */
export interface Live {
  readonly outbox: Outbox
  state: unknown
  ended: boolean
  unreceived: Driven['unreceived']
}

/** Of an operation that has its value as soon as it is begun. */
export const immediately = (value: unknown): unknown => value

/**
 * Does an operation for the first time.
 * @param undo takes back what it has left where it throws
 * @returns what the journal has of it: a replay meets the same value, or the same error
 */
export const doneOf = (label: string, act: () => unknown, undo: () => void): FlowOp => {
  try {
    const value = act()
    return value === undefined ? label : [label, value]
  } catch (thrown) {
    undo()
    return [label, null, thrownOf(thrown)]
  }
}

const thrownOf = (thrown: unknown): Thrown => {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) }
  const { name, message } = thrown
  return thrown instanceof GavotteError
    ? { name, code: thrown.code, message: message.slice(thrown.code.length + 2) }
    : { name, message }
}

const classes = { CallFailed, FlowCancelled, StepFailed } as const

/** What the journal has, as an error again: of the class that it had if a flow may tell it by that. */
export const errorFrom = ({ name, code, message }: Thrown): Error => {
  if (code === undefined) return Object.assign(new Error(message), { name })
  const Known = Object.hasOwn(classes, name) ? classes[name as keyof typeof classes] : Rejected
  return new Known(code, message)
}
