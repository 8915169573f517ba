// How a process behaves. Two steps: `defineProcess(contract, data)` is what topology and CDK read, `.handle(code)` what its function bundles.
import type { Context, WithRows } from './context.ts'
import type { Bodies, CallSchemas, Contract, Senders } from './contract.ts'
import type { Duration } from './duration.ts'
import { Misconfigured } from './errors.ts'
import type { Flow, FlowContext, Receives } from './flow.ts'
import type { Limit } from './limit.ts'
import { attemptsDefault } from './limits.ts'
import type { Carried, In, Out, Schema, Schemas } from './schema.ts'
import type { Supervisor, Told } from './supervision.ts'

/** How a process is deployed; each setting has a default. */
export interface Deploy {
  /** `ordered`: FIFO, order kept per sender and instance. `unordered`: standard. Default `ordered`. */
  readonly mailbox?: 'ordered' | 'unordered'
  /** Tries before a message has failed for good, integer ≥ 1. Default 5. */
  readonly attempts?: number
  /** Default 256. */
  readonly memoryMb?: number
  /** Longest run of one invocation. Default 30. */
  readonly timeoutSeconds?: number
  /** Most invocations at once that one mailbox queue makes, 2 to 1,000. Default: as many as the account allows. */
  readonly concurrency?: number
  /** Most messages of one invocation, 1 to 10; unordered up to 10,000. Default 10. */
  readonly batch?: number
  /** How long an unordered mailbox may gather a batch, 0 to 300; a batch over 10 needs at least 1. Default 0. */
  readonly windowSeconds?: number
  /** Queues that the mailbox is spread over by instance, 1 to 50. Default 1. To raise it takes a pause: see docs/deploy.md. */
  readonly shards?: number
  /** How long CloudWatch keeps the function's logs; one of the periods that it knows. Default 30. */
  readonly logRetentionDays?: number
  /**
   * What becomes of an instance when a message to it has failed for good. `park`: it stands still, and what comes after is stashed in order
   * until the message is redriven or discarded. `setAside`: it goes on with the next. Default `park` on ordered mailboxes, else `setAside`.
   */
  readonly onFailure?: 'park' | 'setAside'
  /** Whether it has a timer queue: timers, calls and flows need one. Default: if it declares `internal` messages or its contract has calls. */
  readonly timers?: boolean
}
/** All settings; without `concurrency` there is no bound. */
export type Deployment = Required<Omit<Deploy, 'concurrency'>> & Pick<Deploy, 'concurrency'>

const deployDefaults: Omit<Deployment, 'timers' | 'onFailure'> = {
  mailbox: 'ordered',
  attempts: attemptsDefault,
  memoryMb: 256,
  timeoutSeconds: 30,
  batch: 10,
  windowSeconds: 0,
  shards: 1,
  logRetentionDays: 30,
}

type Kept<S extends Schema> = Out<S> extends In<S> ? unknown : 'state is stored as parsed: its output must be a valid input'

type KeptRows<R> = R extends Schema
  ? Out<R> extends In<R>
    ? unknown
    : 'rows are stored as parsed: their output must be a valid input'
  : unknown

/** How often an instance must show that it is there. */
export interface Heartbeat {
  /** At least a second. */
  readonly every: Duration
}

/** What a process is, as data. */
export interface Setup<
  S extends Schema,
  U extends readonly Contract[],
  P extends Schemas,
  R extends Schema | undefined,
  M extends Schemas,
> {
  /** Must be JSON, and parse to itself: it is stored, and parsed again. */
  readonly state: S & Kept<S> & Carried<S, 'state'>
  /** Keyed storage beside the state: the schema of every row. As `state`, JSON that parses to itself. */
  readonly rows?: R & KeptRows<R> & Carried<R, 'rows'>
  /** Whom it may send to or read; permissions follow from it. */
  readonly uses?: U
  /** Who is told of messages that have failed for good. */
  readonly supervisor?: Supervisor
  /** Processes whose instances are told when a message of theirs has failed for good here: contracts with `Failed: failedNotice`. */
  readonly tells?: readonly Told[]
  /**
   * Its supervisor monitors each instance from its first message to its end: it is told `Down` where one does not answer for so long, and
   * `Up` when it does again.
   */
  readonly heartbeat?: Heartbeat
  /** Messages that only an instance sends to itself. */
  readonly internal?: P
  /** How fast messages of others are handled; default: as fast as they come. */
  readonly limit?: Limit<Field<M>>
  readonly deploy?: Deploy
}

/** Fields of the bodies, of any of them. */
type Field<M extends Schemas> = { [T in keyof M]: keyof In<M[T]> & string }[keyof M]

type When<Has, Key extends string, T> = [Has] extends [true] ? { readonly [K in Key]: T } : { readonly [K in Key]?: never }
type Handler<X, F, B> = ((this: void, ctx: X, body: B) => void | Promise<void>) | Flow<F, B, void> | Receives<X, B>

/** How a process behaves, as code. */
export type Handlers<C extends Contract, S extends Schema, P extends Schemas, X, F> = {
  /** The state of an instance before its first message; the same for the same id. */
  readonly initial: (id: string) => In<S>
  /** One handler a message type, internal ones included. */
  readonly on: { readonly [T in keyof (C['messages'] & P)]: Handler<X, F, Out<(C['messages'] & P)[T]>> }
} & When<
  C['view'] extends Schema ? true : false,
  'view',
  (state: Readonly<Out<S>>, id: string) => C['view'] extends Schema ? In<C['view']> : never
> &
  When<keyof C['calls'] extends never ? false : true, 'answer', Answers<C['calls'], X, F>>

/** One answer a call type. What it throws reaches the caller; a `CallFailed` with its own code. */
type Answers<K extends CallSchemas, X, F> = {
  readonly [T in keyof K]:
    | ((this: void, ctx: X, request: Out<K[T]['request']>) => In<K[T]['reply']> | Promise<In<K[T]['reply']>>)
    | Flow<F, Out<K[T]['request']>, In<K[T]['reply']>>
}

/** What answers to a type, its types forgotten. */
export type Reaction = ((ctx: never, body: never) => unknown) | Flow<never, never, unknown> | Receives

/** A process with its types forgotten, as the runtime runs it. */
export interface Behaviour {
  readonly initial: (id: string) => unknown
  readonly on: { readonly [type: string]: Reaction }
  readonly answer?: { readonly [type: string]: Reaction }
  readonly view?: (state: never, id: string) => unknown
}

/** What a process is, without its code: what topology, plan and CDK read. */
export interface Blueprint<C extends Contract = Contract, S extends Schema = Schema> {
  readonly contract: C
  readonly state: S
  /** Of every row; a process without it has none. */
  readonly rows?: Schema
  readonly uses: readonly Contract[]
  readonly supervisor?: Supervisor
  readonly tells: readonly Told[]
  readonly heartbeat?: Heartbeat
  readonly internal: Schemas
  readonly limit?: Limit
  readonly deploy: Deployment
}
// Defined where a function is bundled without that part: see parts.ts. Declared here, which all code that asks for them reads.
declare global {
  const GAVOTTE_WITHOUT_ROWS: true
  const GAVOTTE_WITHOUT_LIMIT: true
  const GAVOTTE_WITHOUT_CALLS: true
  const GAVOTTE_WITHOUT_TIMERS: true
}

/** A process whole: its blueprint and its code. */
export interface Process<C extends Contract = Contract, S extends Schema = Schema> extends Blueprint<C, S> {
  readonly behaviour: Behaviour
}

export interface Definition<C extends Contract, S extends Schema, P extends Schemas, X, F> extends Blueprint<C, S> {
  readonly handle: (handlers: Handlers<C, S, P, X, F>) => Process<C, S>
}
/** The context of a process's handlers, for those that live in files of their own. */
export type ContextOf<D> = D extends Definition<infer _C, infer _S, infer _P, infer X, infer _F> ? X : never
/** As `ContextOf`, of its flows. */
export type FlowContextOf<D> = D extends Definition<infer _C, infer _S, infer _P, infer _X, infer F> ? F : never

/**
 * Defines a process.
 * @throws Misconfigured if an internal message has the name of a public one; `defineApp` checks the settings
 */
export const defineProcess = <
  C extends Contract,
  S extends Schema,
  const U extends readonly Contract[] = [],
  P extends Schemas = {},
  R extends Schema | undefined = undefined,
>(
  contract: C,
  setup: Setup<S, U, P, R, C['messages']>,
): Definition<
  C,
  S,
  P,
  WithRows<Context<C['name'], Out<S>, U[number]['name'], Senders<C['messages'] & P, never, void>, Bodies<C['messages'] & P>>, R>,
  FlowContext<C['name'], Out<S>, U[number]['name'], Bodies<C['messages'] & P>>
> => {
  const blueprint: Blueprint<C, S> = {
    contract,
    state: setup.state,
    ...(setup.rows !== undefined && { rows: setup.rows }),
    uses: [...new Set([...(setup.uses ?? []), ...toldBy(setup.supervisor, setup.tells)])],
    ...(setup.supervisor !== undefined && { supervisor: setup.supervisor }),
    tells: setup.tells ?? [],
    ...(setup.heartbeat !== undefined && { heartbeat: setup.heartbeat }),
    internal: setup.internal ?? {},
    ...(setup.limit !== undefined && { limit: setup.limit }),
    deploy: {
      ...deployDefaults,
      onFailure: (setup.deploy?.mailbox ?? deployDefaults.mailbox) === 'ordered' ? 'park' : 'setAside',
      timers: Object.keys(setup.internal ?? {}).length > 0 || Object.keys(contract.calls).length > 0,
      ...setup.deploy,
    },
  }
  const twice = Object.keys(blueprint.internal).find(
    (type) => Object.hasOwn(contract.messages, type) || Object.hasOwn(contract.calls, type),
  )
  if (twice !== undefined)
    throw new Misconfigured('message-twice', `${contract.name}.${twice} is in the contract and internal: rename one`)
  return {
    ...blueprint,
    handle: (handlers) => {
      const behaviour: Behaviour = handlers
      demandTimersForFlows(blueprint, behaviour)
      return { ...blueprint, behaviour }
    },
  }
}

// Who is told must be reached.
const toldBy = (supervisor: Supervisor | undefined, tells: readonly Told[] = []): readonly Contract[] => [
  ...(supervisor === undefined ? [] : [supervisor.process]),
  ...tells,
]

// A flow waits by timers. Topology reads data and not code, so it cannot know by itself.
const demandTimersForFlows = ({ contract, deploy }: Blueprint, { on, answer = {} }: Behaviour): void => {
  const flow = Object.entries({ ...on, ...answer }).find(
    ([, reaction]) => typeof reaction !== 'function' && reaction.kind === 'flow',
  )
  if (flow !== undefined && !deploy.timers)
    throw new Misconfigured(
      'no-timers',
      `${contract.name}.${flow[0]} is a flow, and flows need a timer queue: add deploy: { timers: true }`,
    )
}
