// A register: one value with a version, that is changed only by who has seen its version.
import { type Contract, contract } from '../core/contract.ts'
import { type Deploy, defineProcess, type Process } from '../core/definition.ts'
import type { Carried, Schema } from '../core/schema.ts'
import { deployOf } from './notices.ts'
import { count, either, just, object } from './shape.ts'

interface Versioned<T> {
  /** 0 before the first change; one more with each. */
  version: number
  value: T
}
/** How a change came out; where others were first, with what they left. */
export type Swapped<T> = { set: true; version: number } | ({ set: false } & Versioned<T>)

type RegisterCalls<T> = {
  /** Linearizable: sees every change that was answered before it was asked. */
  readonly Read: { readonly request: Schema<{}>; readonly reply: Schema<Versioned<T>> }
  /** Sets the value if the version is still this one. */
  readonly CompareAndSet: { readonly request: Schema<Versioned<T>>; readonly reply: Schema<Swapped<T>> }
}
/** The view is eventually consistent. */
export type RegisterContract<T, N extends string = string> = Contract<N, {}, RegisterCalls<T>, Schema<Versioned<T>>>

/**
 * The contract of a register process: `export const Config = registerContract('config', z.object({ url: z.string() }))`.
 * @param value must be JSON, and parse to itself
 */
export const registerContract = <const N extends string, T>(
  name: N,
  value: Schema<T> & Carried<Schema<T>, 'value'>,
): RegisterContract<T, N> => {
  // What of a value's type is only known by whoever calls; nothing here looks into one.
  const held: Schema = value
  const versioned = object({ version: count, value: held })
  const swapped = either(object({ set: just(true), version: count }), object({ set: just(false), version: count, value: held }))
  const erased: RegisterContract<unknown, N> = contract(name, {
    messages: {},
    calls: {
      Read: { request: object({}), reply: versioned },
      CompareAndSet: { request: versioned, reply: swapped },
    },
    view: versioned,
  })
  return erased as RegisterContract<T, N>
}

export interface RegisterOptions<T> {
  /** What an instance holds before the first change. */
  readonly initial: (id: string) => T
  readonly deploy?: Deploy
}

/** A process whose instances are registers: `export const config = registerProcess(Config, { initial: () => ({ url: '' }) })`. */
export const registerProcess = <T, N extends string>(
  own: RegisterContract<T, N>,
  { initial, deploy }: RegisterOptions<T>,
): Process<RegisterContract<T, N>, Schema<Versioned<T>>> => {
  const erased: RegisterContract<unknown> = own
  const definition = defineProcess(erased, { state: erased.view, deploy: deployOf(deploy) })
  const process = definition.handle({
    initial: (id) => ({ version: 0, value: initial(id) }),
    view: (state) => state,
    on: {},
    answer: {
      Read: ({ state }) => state,
      CompareAndSet: ({ state }, { version, value }) => {
        if (version !== state.version) return { set: false, ...state }
        state.version += 1
        state.value = value
        return { set: true, version: state.version }
      },
    },
  })
  return process as Process<RegisterContract<T, N>, Schema<Versioned<T>>>
}
