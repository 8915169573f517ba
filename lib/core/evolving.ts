// State that has a past: a record is brought up to date when it is loaded.
import { Transient } from './errors.ts'
import { demand, type In, type Out, type Schema } from './schema.ts'

interface Step {
  readonly from: Schema
  readonly upcast: (old: never) => unknown
}

/** A state schema with its earlier versions; the version is the number of steps, from 1. */
export interface Evolving<S extends Schema> extends Schema<In<S>, Out<S>> {
  readonly version: number
  readonly steps: readonly Step[]
  readonly to: <T extends Schema>(next: T, upcast: (old: Out<S>) => In<T>) => Evolving<T>
}

/** `evolving(V1).to(V2, (one) => two)`: never change a schema that has been deployed, append one. */
export const evolving = <S extends Schema>(first: S): Evolving<S> => link(first, [])

const link = <S extends Schema>(schema: S, steps: readonly Step[]): Evolving<S> => ({
  '~standard': schema['~standard'],
  version: steps.length + 1,
  steps,
  to: (next, upcast) => link(next, [...steps, { from: schema, upcast }]),
})

const isEvolving = (schema: Schema): schema is Evolving<Schema> => 'steps' in schema

export const schemaVersion = (schema: Schema): number => (isEvolving(schema) ? schema.version : 1)

/**
 * Brings a stored state to the newest version.
 * @throws Transient if it is newer than this code: its message waits for the deploy to finish
 * @throws Rejected if a step's input is not valid
 */
export const upgrade = (schema: Schema, version: number, state: unknown): unknown => {
  const newest = schemaVersion(schema)
  if (version > newest) {
    throw new Transient(
      'newer-state',
      `the record has state version ${version}, this code knows ${newest}: finish the deploy that brings it`,
    )
  }
  if (!isEvolving(schema)) return state
  return schema.steps
    .slice(version - 1)
    .reduce((old, step, n) => step.upcast(demand(step.from, old, `state version ${version + n}`) as never), state)
}
