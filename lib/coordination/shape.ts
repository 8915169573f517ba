// Schemas of what these processes say and keep: few and small, so that whoever uses them needs no schema library.
import { type Duration, milliseconds } from '../core/duration.ts'
import { type In, type Out, parse, type Schema } from '../core/schema.ts'

/** What a schema makes of a value; a sentence where it is not valid. */
type Read<O> = { readonly value: O } | { readonly issues: string }

const shape = <I, O = I>(read: (value: unknown) => Read<O>): Schema<I, O> => ({
  '~standard': {
    version: 1,
    vendor: 'gavotte',
    validate: (value) => {
      const result = read(value)
      return 'issues' in result ? { issues: [{ message: result.issues }] } : result
    },
  },
})

const only = <T>(isOne: (value: unknown) => boolean, what: string): Schema<T> =>
  shape((value) => (isOne(value) ? { value: value as T } : { issues: `must be ${what}` }))

const textLengthMax = 256

/** 1 to 256 characters. */
export const text = only<string>(
  (value) => typeof value === 'string' && value.length > 0 && value.length <= textLengthMax,
  `a text of 1 to ${textLengthMax} characters`,
)
export const flag = only<boolean>((value) => typeof value === 'boolean', 'true or false')
/** An integer from 0. */
export const count = only<number>((value) => Number.isSafeInteger(value) && (value as number) >= 0, 'an integer from 0')
/** One value and no other. */
export const just = <const T extends boolean | string>(one: T): Schema<T> => only((value) => value === one, JSON.stringify(one))
export const oneOf = <const T extends string>(...words: readonly T[]): Schema<T> =>
  only((value) => words.includes(value as T), `one of ${words.join(', ')}`)

/** Travels as people write it, arrives in milliseconds; over 0. */
export const duration: Schema<Duration, number> = shape((value) => {
  try {
    const ms = milliseconds(value as Duration)
    return ms > 0 ? { value: ms } : { issues: 'must be over 0' }
  } catch (thrown) {
    return { issues: (thrown as Error).message }
  }
})

interface Optional<I, O> extends Schema<I | undefined, O | undefined> {
  readonly optional: true
}
export const optional = <I, O>(of: Schema<I, O>): Optional<I, O> => ({
  ...shape((value) => (value === undefined ? { value } : read<O | undefined>(of, value))),
  optional: true,
})

export const list = <I, O>(of: Schema<I, O>): Schema<I[], O[]> =>
  shape((value) => {
    if (!Array.isArray(value)) return { issues: 'must be a list' }
    const all = value.map((one) => read(of, one))
    const fault = all.find((one) => 'issues' in one)
    return fault ?? { value: all.map((one) => (one as { readonly value: O }).value) }
  })

interface Fields {
  readonly [name: string]: Schema
}
type OptionalOf<F extends Fields> = { [K in keyof F]: F[K] extends { readonly optional: true } ? K : never }[keyof F]
type Flat<T> = { [K in keyof T]: T[K] }
type ObjectOf<F extends Fields, Side extends 'in' | 'out'> = Flat<
  { [K in Exclude<keyof F, OptionalOf<F>>]: Side extends 'in' ? In<F[K]> : Out<F[K]> } & {
    [K in OptionalOf<F>]?: Side extends 'in' ? In<F[K]> : Out<F[K]>
  }
>

/** An object of these fields; others are left out. */
export const object = <F extends Fields>(fields: F): Schema<ObjectOf<F, 'in'>, ObjectOf<F, 'out'>> =>
  shape((value) => {
    if (typeof value !== 'object' || value === null) return { issues: 'must be an object' }
    const made: { [name: string]: unknown } = {}
    for (const [name, field] of Object.entries(fields)) {
      const given = Object.hasOwn(value, name) ? (value as { readonly [name: string]: unknown })[name] : undefined
      const result = read(field, given)
      if ('issues' in result) return { issues: `${name}: ${result.issues}` }
      if (result.value !== undefined) made[name] = result.value
    }
    return { value: made as ObjectOf<F, 'out'> }
  })

/** What the first takes, or else the second. */
export const either = <A extends Schema, B extends Schema>(a: A, b: B): Schema<In<A> | In<B>, Out<A> | Out<B>> =>
  shape((value) => {
    const first: Read<Out<A> | Out<B>> = read(a, value)
    return 'value' in first ? first : read(b, value)
  })

const read = <O>(schema: Schema<unknown, O> | Schema, value: unknown): Read<O> => {
  const parsed = parse(schema, value)
  return parsed.kind === 'valid' ? { value: parsed.value as O } : { issues: parsed.issues }
}
