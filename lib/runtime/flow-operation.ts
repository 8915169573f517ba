// What a flow's operations are made of.
import type { Breaker } from '../core/breaker.ts'
import type { Driven } from '../core/flow-hop.ts'
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
