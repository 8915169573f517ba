// What others may say to a process, and what they may see of it. Pure data; imports no implementation and no other contract.
import { Misconfigured } from './errors.ts'
import type { Carried, In, Out, Schema, Schemas } from './schema.ts'

export interface CallSchema {
  readonly request: Schema
  readonly reply: Schema
}
export type CallSchemas = { readonly [type: string]: CallSchema }

/** @see contract */
export interface Contract<
  N extends string = string,
  M extends Schemas = Schemas,
  K extends CallSchemas = CallSchemas,
  V extends Schema | undefined = Schema | undefined,
> {
  readonly name: N
  readonly messages: M
  readonly calls: K
  readonly view: V
}

/** What messages carry, once parsed. */
export type Bodies<M extends Schemas> = { readonly [T in keyof M]: Out<M[T]> }

/** One method a call type, which brings the reply. */
export type Callers<K extends CallSchemas, Options> = {
  readonly [T in keyof K]: (...args: BodyThen<In<K[T]['request']>, Options>) => Promise<Out<K[T]['reply']>>
}

/** One method a message type; what it returns depends on the verb. */
export type Senders<M extends Schemas, Options, R> = {
  readonly [T in keyof M]: (...args: BodyThen<In<M[T]>, Options>) => R
}
type BodyThen<I, Options> = [Options] extends [never]
  ? {} extends I
    ? [body?: I]
    : [body: I]
  : {} extends I
    ? [body?: I, options?: Options]
    : [body: I, options?: Options]

/** A target that this process declares in `uses`, or else a sentence that the compiler shows. */
export type Used<C extends Contract, Names extends string> = C['name'] extends Names ? C : `${C['name']} is not in uses`
/** As `Used`, for one that publishes a view. */
export type Seen<C extends Contract, Names extends string> = C['name'] extends Names
  ? C['view'] extends Schema
    ? C
    : `${C['name']} publishes no view`
  : `${C['name']} is not in uses`
export type ViewOf<C extends Contract> = C['view'] extends Schema ? Out<C['view']> : never

type CheckedMessages<M extends Schemas> = {
  [T in keyof M]: string extends T
    ? Schema
    : T extends Capitalize<T & string>
      ? Carried<M[T], T & string>
      : `name it ${Capitalize<T & string>}: messages begin with a capital`
}
type CheckedCalls<M extends Schemas, K extends CallSchemas> = {
  [T in keyof K]: T extends keyof M
    ? `${T & string} is a message already`
    : {
        request: Carried<K[T]['request'], `${T & string}.request`>
        reply: Carried<K[T]['reply'], `${T & string}.reply`>
      }
}

/** Whether a process or a web function may be named so. */
export const isFunctionName = (name: string): boolean => /^[a-z][a-z0-9-]{0,30}$/.test(name)

/**
 * Declares what others may say to a process.
 * @param name lower-case letters, digits and dashes, at most 31; names its queue, table and function
 * @param spec `messages`: one-way; `calls`: request and reply; `view`: what an instance publishes of its state.
 *   Bodies are objects. The schema's input travels as JSON, the receiver sees its output.
 * @throws Misconfigured if a name is not allowed
 */
export const contract = <
  const N extends string,
  M extends Schemas,
  K extends CallSchemas = {},
  V extends Schema | undefined = undefined,
>(
  name: N,
  spec: {
    messages: M & CheckedMessages<M>
    calls?: K & CheckedCalls<M, K>
    view?: V & Carried<V, 'view'>
  },
): Contract<N, M, K, V> => {
  if (!isFunctionName(name)) {
    throw new Misconfigured(
      'illegal-name',
      `process name "${name}": use lower-case letters, digits and dashes, at most 31, a letter first`,
    )
  }
  return { name, messages: spec.messages, calls: (spec.calls ?? {}) as K, view: spec.view as V }
}

/** One method for each name in `types`, each handing its name and arguments to `act`. */
export const methods = <R>(
  types: object,
  act: (type: string, body: unknown, options: unknown) => R,
): { readonly [type: string]: (body?: unknown, options?: unknown) => R } =>
  Object.fromEntries(
    Object.keys(types).map((type) => [type, (body: unknown = {}, options?: unknown) => act(type, body, options)]),
  )
