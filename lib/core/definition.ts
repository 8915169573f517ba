// How a process behaves. Two steps: `defineProcess(contract, data)` is what topology and CDK read, `.handle(code)` what its function bundles.
import type { Context } from './context.ts'
import type { Contract, Senders } from './contract.ts'
import { Misconfigured } from './errors.ts'
import { attemptsDefault } from './limits.ts'
import type { In, Out, Schema, Schemas } from './schema.ts'

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
}
export type Deployment = Required<Deploy>

type Kept<S extends Schema> = Out<S> extends In<S> ? unknown : 'state is stored as parsed: its output must be a valid input'

/** What a process is, as data. */
export interface Setup<S extends Schema, U extends readonly Contract[], P extends Schemas> {
  /** Must be JSON, and parse to itself: it is stored, and parsed again. */
  readonly state: S & Kept<S>
  /** Whom it may send to or read; permissions follow from it. */
  readonly uses?: U
  /** Messages that only an instance sends to itself. */
  readonly internal?: P
  readonly deploy?: Deploy
}

type When<Has, Key extends string, T> = [Has] extends [true] ? { readonly [K in Key]: T } : { readonly [K in Key]?: never }
type Handler<X, B> = (this: void, ctx: X, body: B) => void | Promise<void>

/** How a process behaves, as code. */
export type Handlers<C extends Contract, S extends Schema, P extends Schemas, X> = {
  /** The state of an instance before its first message; the same for the same id. */
  readonly initial: (id: string) => In<S>
  /** One handler a message type, internal ones included. */
  readonly on: { readonly [T in keyof (C['messages'] & P)]: Handler<X, Out<(C['messages'] & P)[T]>> }
} & When<
  C['view'] extends Schema ? true : false,
  'view',
  (state: Readonly<Out<S>>, id: string) => C['view'] extends Schema ? In<C['view']> : never
>

/** A process with its types forgotten, as the runtime runs it. */
export interface Behaviour {
  readonly initial: (id: string) => unknown
  readonly on: { readonly [type: string]: (ctx: never, body: never) => void | Promise<void> }
  readonly view?: (state: never, id: string) => unknown
}

/** What a process is, without its code: what topology, plan and CDK read. */
export interface Blueprint<C extends Contract = Contract, S extends Schema = Schema> {
  readonly contract: C
  readonly state: S
  readonly uses: readonly Contract[]
  readonly internal: Schemas
  readonly deploy: Deployment
}
/** A process whole: its blueprint and its code. */
export interface Process<C extends Contract = Contract, S extends Schema = Schema> extends Blueprint<C, S> {
  readonly behaviour: Behaviour
}

export interface Definition<C extends Contract, S extends Schema, P extends Schemas, X> extends Blueprint<C, S> {
  readonly handle: (handlers: Handlers<C, S, P, X>) => Process<C, S>
}
/** The context of a process's handlers, for those that live in files of their own. */
export type ContextOf<D> = D extends Definition<infer _C, infer _S, infer _P, infer X> ? X : never

/**
 * Defines a process.
 * @throws Misconfigured if a setting is out of range, or an internal message has the name of a public one
 */
export const defineProcess = <
  C extends Contract,
  S extends Schema,
  const U extends readonly Contract[] = [],
  P extends Schemas = {},
>(
  contract: C,
  setup: Setup<S, U, P>,
): Definition<C, S, P, Context<C['name'], Out<S>, U[number]['name'], Senders<C['messages'] & P, never, void>>> => {
  const blueprint: Blueprint<C, S> = {
    contract,
    state: setup.state,
    uses: setup.uses ?? [],
    internal: setup.internal ?? {},
    deploy: { mailbox: 'ordered', attempts: attemptsDefault, memoryMb: 256, timeoutSeconds: 30, ...setup.deploy },
  }
  check(blueprint)
  return { ...blueprint, handle: (handlers) => ({ ...blueprint, behaviour: handlers as unknown as Behaviour }) }
}

const check = ({ contract: { name, messages }, internal, deploy }: Blueprint): void => {
  const twice = Object.keys(internal).find((type) => Object.hasOwn(messages, type))
  if (twice !== undefined)
    throw new Misconfigured('message-twice', `${name}.${twice} is in the contract and internal: rename one`)
  const whole = (value: number, least: number, most: number): boolean =>
    Number.isInteger(value) && value >= least && value <= most
  if (!whole(deploy.attempts, 1, 100)) throw new Misconfigured('illegal-setting', `${name}: attempts must be 1 to 100`)
  if (!whole(deploy.timeoutSeconds, 1, 900))
    throw new Misconfigured('illegal-setting', `${name}: timeoutSeconds must be 1 to 900 (Lambda)`)
  if (!whole(deploy.memoryMb, 128, 10_240))
    throw new Misconfigured('illegal-setting', `${name}: memoryMb must be 128 to 10240 (Lambda)`)
}
