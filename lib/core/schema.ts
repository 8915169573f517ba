// Schemas as Standard Schema has them: what travels (input), what a receiver sees (output), and that JSON can carry it.
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describeError, Rejected } from './errors.ts'

export type Schema<I = unknown, O = I> = StandardSchemaV1<I, O>
/** What a maker writes, and what travels. */
export type In<S extends Schema> = StandardSchemaV1.InferInput<S>
/** What a receiver sees: the schema's parsed output. */
export type Out<S extends Schema> = StandardSchemaV1.InferOutput<S>

export type Schemas = { readonly [type: string]: Schema }

// What JSON cannot carry, named with its path in the compiler's message.
type Odd<T> = T extends bigint
  ? 'bigint'
  : T extends symbol
    ? 'symbol'
    : T extends Date
      ? 'Date'
      : T extends Uint8Array
        ? 'Uint8Array'
        : T extends ReadonlyMap<unknown, unknown>
          ? 'Map'
          : T extends ReadonlySet<unknown>
            ? 'Set'
            : T extends (...args: never) => unknown
              ? 'function'
              : never
type IsAny<T> = 0 extends 1 & T ? true : false
type NotJson<T, Path extends string, Depth extends 0[] = []> =
  IsAny<T> extends true
    ? never
    : Depth['length'] extends 5
      ? never
      : T extends string | number | boolean | null | undefined
        ? never
        : [Odd<T>] extends [never]
          ? T extends readonly (infer E)[]
            ? NotJson<E, `${Path}[]`, [...Depth, 0]>
            : T extends object
              ? { [K in keyof T & string]: NotJson<T[K], `${Path}.${K}`, [...Depth, 0]> }[keyof T & string]
              : never
          : `${Path} is a ${Odd<T>}: JSON cannot carry it, so its schema's input must be a string, number, …`

/** `S` itself where its input is JSON, else a sentence that the compiler shows. */
export type Carried<S, Path extends string> = S extends Schema
  ? [NotJson<In<S>, Path>] extends [never]
    ? S
    : NotJson<In<S>, Path>
  : Schema

export type Parsed = { readonly kind: 'valid'; readonly value: unknown } | { readonly kind: 'invalid'; readonly issues: string }

/**
 * Validates a value that came from outside the type system. Never throws: a schema that does, or that answers later (some libraries make
 * that of a throw), has not found the value valid.
 */
export const parse = (schema: Schema, value: unknown): Parsed => {
  const result = validated(schema, value)
  if (result instanceof Promise) {
    result.catch(() => {})
    return { kind: 'invalid', issues: 'the schema threw, or validates asynchronously: a hop decides synchronously' }
  }
  if (!result.issues) return { kind: 'valid', value: result.value }
  return { kind: 'invalid', issues: result.issues.map(describe).join('; ') }
}

/** As `parse`, for a value that must be valid. @throws Rejected with the issues, under `what` */
export const demand = (schema: Schema, value: unknown, what: string): unknown => {
  const parsed = parse(schema, value)
  if (parsed.kind === 'invalid') throw new Rejected('invalid-value', `${what}: ${parsed.issues}`)
  return parsed.value
}

const validated = (schema: Schema, value: unknown): ReturnType<Schema['~standard']['validate']> => {
  try {
    return schema['~standard'].validate(value)
  } catch (thrown) {
    return { issues: [{ message: `the schema threw ${describeError(thrown).message}` }] }
  }
}

const describe = (issue: StandardSchemaV1.Issue): string => {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
  return path === '' ? issue.message : `${path}: ${issue.message}`
}
