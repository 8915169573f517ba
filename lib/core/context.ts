// The types of what a handler gets. Effects leave with the commit, never before it.
import type { Breaker } from './breaker.ts'
import type { Outcome } from './call.ts'
import type { CallSchemas, Contract, Seen, Senders, Used, ViewOf } from './contract.ts'
import type { Duration } from './duration.ts'
import type { Down, Up } from './monitor.ts'
import type { RowQuery } from './row.ts'
import type { In, Out, Schema } from './schema.ts'
import type { Failed, RestartFrom } from './supervision.ts'

/**
 * What a handler gets. It may run again for the same message, so all that it derives (`now`, `random`, `newId`) is
 * derived from the message and comes out the same.
 */
export interface Context<N extends string, S, Uses extends string, Own, B> {
  /** A draft: change it in place or assign it anew. A handler that throws leaves no trace of it. */
  state: S
  readonly self: { readonly process: N; readonly id: string }
  /** When the message was sent; for a timer, when it was due. */
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
  /** Acts on an instance of another process of which it was told (`Failed`): what it asks for leaves with this commit. */
  readonly supervise: <C extends Contract>(of: Used<C, Uses | N>, id: string) => Supervision
  /** Tells its own supervisor of a failure that it was told of, and cannot mend. */
  readonly escalate: (failed: Failed) => void
  /**
   * From now on this instance is told when another is not there, and when it is again: `ctx.monitor(Payment, id, { within: '1m' })`. It is
   * asked through its mailbox, once in each `within`; who has not answered by the next time is suspected. Said again it changes `within`.
   */
  readonly monitor: <C extends Contract>(of: Used<C, Uses | N>, id: string, options: Monitoring<B>) => void
  readonly demonitor: <C extends Contract>(of: Used<C, Uses | N>, id: string) => void
  /** A message to this instance itself, internal ones included. */
  readonly sendSelf: () => Own
  /**
   * Asks; how it came out arrives as an internal message: `ctx.request(Stock, id).Reserve({ … }, { outcome: 'Reserved' })`. What comes after
   * the deadline is dropped.
   */
  readonly request: <C extends Contract>(of: Used<C, Uses | N>, id: string) => Requesters<C['calls'], B>
  /**
   * Sends itself a message later: `ctx.after('15m').Expire({ … })`. A timer is named after its message unless told otherwise; setting the
   * same name again replaces it. Up to 15 minutes ahead it comes within seconds, later within a minute.
   */
  readonly after: (delay: Duration, options?: TimerOptions) => Own
  readonly at: (due: Date, options?: TimerOptions) => Own
  /** As `after`, again and again, without drift; times that were missed in an outage are not made up for. */
  readonly every: (period: Duration, options?: TimerOptions) => Own
  /** The timer of this name does not come any more, even if it is due already. */
  readonly cancel: (timer: (keyof B & string) | (string & {})) => void
  /** What another instance last published; undefined if it never did. Eventually consistent. */
  readonly read: <C extends Contract>(of: Seen<C, Uses | N>, id: string) => Promise<ViewOf<C> | undefined>
  /**
   * Calls a service outside through its breaker: `await ctx.outside(psp, () => charge(…))`. While the service is down the message comes
   * again later, and no try of it is counted. Throws what `work` throws, or Unavailable.
   */
  readonly outside: <R>(service: Breaker, work: () => R | Promise<R>) => Promise<R>
  /** The instance is finished: its state goes, a tombstone stays; a later message begins it anew. */
  readonly end: () => void
  readonly log: (message: string, fields?: { readonly [name: string]: unknown }) => void
}

/** A context `X`, with rows where the definition has a schema for them. */
export type WithRows<X, R> = [R] extends [Schema] ? X & { readonly rows: Rows<In<R>, Out<R>> } : X

/**
 * Keyed storage of the instance beside its state. What is read is what all before has written, this handler included, and is read only when
 * it is asked for; what is written leaves with the commit, or not at all.
 */
export interface Rows<I, O> {
  readonly get: (key: string) => Promise<O | undefined>
  /** As several `get`, by fewer reads; in the order of the keys. */
  readonly getAll: (keys: readonly string[]) => Promise<readonly (O | undefined)[]>
  /** By ascending key, in the order of UTF-8 bytes. With a `cursor` there may be more: give it with the same query. */
  readonly range: (
    query?: RowQuery,
  ) => Promise<{ readonly rows: readonly { readonly key: string; readonly value: O }[]; readonly cursor?: string }>
  /** @param key 1 to 512 characters */
  readonly put: (key: string, value: I) => void
  readonly delete: (key: string) => void
}

export interface TimerOptions {
  /** Default: the message's type. Names that begin with ~ are the framework's own. */
  readonly name?: string
}

export interface RequestOptions {
  /** How long to wait for an answer. Default `1m`. */
  readonly within?: Duration
}

export type Monitoring<B> = B extends { readonly Down: Down; readonly Up: Up }
  ? {
      /** At least a second. Each round costs this instance two writes, and the other a read. */
      readonly within: Duration
    }
  : 'declare them: internal: { ...monitorNotices }'

type Requesters<K extends CallSchemas, B> = {
  readonly [T in keyof K]: (
    request: In<K[T]['request']>,
    options: RequestOptions & { readonly outcome: OutcomeNames<B, Out<K[T]['reply']>> },
  ) => void
}
type OutcomeNames<B, R, T = { [K in keyof B]: unknown extends B[K] ? never : Outcome<R> extends B[K] ? K : never }[keyof B]> = [
  T,
] extends [never]
  ? 'declare it: internal: { … : outcomeOf(…) }'
  : T & string

/** What a supervisor may do about an instance. `id`: of the message that failed. */
export interface Supervision {
  /** The message is tried again, at its place in the order. */
  readonly redrive: (id: string) => void
  /** The instance goes on without the message, which stays where the operator finds it. */
  readonly discard: (id: string, why?: string) => void
  /**
   * The instance begins again from its initial state; its timers, calls under way, flows and monitors are gone, its messages are not. With
   * the `id` of a message that failed this is discarded, and the instance goes on with what is stashed; nothing happens if something was
   * done about it already. `from: 'lastGood'` keeps state, timers, calls, flows and monitors.
   */
  readonly restart: {
    (): void
    (id: string, options?: { readonly from?: RestartFrom; readonly why?: string }): void
  }
}
