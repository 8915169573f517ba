// The types of a flow: a handler that spans messages. All that it awaits is journaled.
import type { Breaker } from './breaker.ts'
import type { Monitoring } from './context.ts'
import type { Callers, Contract, Seen, Senders, Used, ViewOf } from './contract.ts'
import type { Duration } from './duration.ts'

export interface StepOptions {
  /** How often it is tried, and how long to wait before the second try; the wait doubles. Default 5 tries, 1 s. */
  readonly retry?: { readonly attempts?: number; readonly delay?: Duration }
  /** Of the service that it calls: while that is down the step waits, and no try of it is counted. */
  readonly breaker?: Breaker
}

/** What a flow gets. Its code runs again from the start whenever it goes on, so all that it does passes through here and is journaled. */
export interface FlowContext<N extends string, S, Uses extends string, B, Received extends keyof B = keyof B> {
  readonly self: { readonly process: N; readonly id: string }
  /** When what it waited for last came; at first, when its message was sent. */
  readonly now: Date
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** A UUID. */
  readonly newId: () => string
  /** Changes the state, or reads it: `const status = await ctx.update((state) => state.status)`. What it returns is JSON, and journaled. */
  readonly update: <R>(change: (state: S) => R) => Promise<R>
  /** Leaves with the commit: `ctx.send(Order, id).Charged({ … })`. */
  readonly send: <C extends Contract>(to: Used<C, Uses | N>, id: string) => Senders<C['messages'], never, void>
  /** Asks and waits for the reply. Throws CallFailed with the callee's code, or with `deadline`. `within`: default `1m`. */
  readonly call: <C extends Contract>(of: Used<C, Uses | N>, id: string) => Callers<C['calls'], { readonly within?: Duration }>
  /** What another instance last published; undefined if it never did. */
  readonly read: <C extends Contract>(of: Seen<C, Uses | N>, id: string) => Promise<ViewOf<C> | undefined>
  /**
   * Work outside: its result is journaled, and it is done at least once. `key` is the same on every try, for services that know such keys.
   * Throws StepFailed when its tries are used up.
   */
  readonly step: <R>(name: string, work: (key: string) => R | Promise<R>, options?: StepOptions) => Promise<R>
  readonly sleep: (delay: Duration) => Promise<void>
  /** The next message of a type that is declared as `flow.receives`. Throws CallFailed `deadline` if none comes `within`. */
  readonly receive: <T extends Received & string>(type: T, options?: { readonly within?: Duration }) => Promise<B[T]>
  /**
   * As a handler's. `Down` and `Up` come as messages: `Down: flow.receivesOr(() => {})`, and `await ctx.receive('Down')`. It is the instance
   * that monitors, until `demonitor` or its end: the flow's own end does not change that.
   */
  readonly monitor: <C extends Contract>(of: Used<C, Uses | N>, id: string, options: Monitoring<B>) => void
  readonly demonitor: <C extends Contract>(of: Used<C, Uses | N>, id: string) => void
  readonly all: <const T extends readonly Promise<unknown>[]>(of: T) => Promise<{ -readonly [I in keyof T]: Awaited<T[I]> }>
  /** The first of several by its name; the others go on, and what comes of them is not waited for. */
  readonly race: <T extends { readonly [name: string]: Promise<unknown> }>(
    of: T,
  ) => Promise<{ [K in keyof T & string]: { readonly won: K; readonly value: Awaited<T[K]> } }[keyof T & string]>
  /** What is to be done if the flow fails or is cancelled; the latest first. It may await operations. */
  readonly compensate: (undo: () => void | Promise<void>) => void
  /** The instance is finished, and all its flows with it. */
  readonly end: () => void
  readonly log: (message: string, fields?: { readonly [name: string]: unknown }) => void
}

/** @see flow */
export interface Flow<X, B, R> {
  readonly kind: 'flow'
  readonly run: (ctx: X, body: B) => Promise<R>
  /** What runs it; known to the runtime. */
  readonly engine: object
}

/** A message that is for flows: it goes to the first that waits for it, or waits until one does. */
export interface Receives<X = never, B = never> {
  readonly kind: 'receives'
  /** Where no flow runs. */
  readonly otherwise?: (this: void, ctx: X, body: B) => void | Promise<void>
}
