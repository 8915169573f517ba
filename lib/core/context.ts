// The types of what a handler gets. Effects leave with the commit, never before it.
import type { Contract, Seen, Senders, Used, ViewOf } from './contract.ts'

/**
 * What a handler gets. It may run again for the same message, so all that it derives (`now`, `random`, `newId`) is
 * derived from the message and comes out the same.
 */
export interface Context<N extends string, S, Uses extends string, Own> {
  /** A draft: change it in place or assign it anew. A handler that throws leaves no trace of it. */
  state: S
  readonly self: { readonly process: N; readonly id: string }
  /** When the message was sent. */
  readonly now: Date
  /** Which try this is, from 1. */
  readonly attempt: number
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** A UUID. */
  readonly newId: () => string
  /** A key for an outside service: the same on every try of this message. */
  readonly idempotencyKey: (name: string) => string
  /** Leaves with this commit, not before it: `ctx.send(Order, id).Charged({ … })`. */
  readonly send: <C extends Contract>(to: Used<C, Uses | N>, id: string) => Senders<C['messages'], never, void>
  /** A message to this instance itself, internal ones included. */
  readonly sendSelf: () => Own
  /** What another instance last published; undefined if it never did. Eventually consistent. */
  readonly read: <C extends Contract>(of: Seen<C, Uses | N>, id: string) => Promise<ViewOf<C> | undefined>
  /** The instance is finished: its state goes, a tombstone stays; a later message begins it anew. */
  readonly end: () => void
  readonly log: (message: string, fields?: { readonly [name: string]: unknown }) => void
}
