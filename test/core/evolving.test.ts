// State schemas with a past: each step is taken once, in order, on valid input only.
import { describe, expect, test } from '@jest/globals'
import * as z from 'zod'
import { evolving, schemaVersion, upgrade } from '../../lib/core/evolving.ts'

const schema = evolving(z.object({ cents: z.number() }))
  .to(z.object({ amount: z.number() }), ({ cents }) => ({ amount: cents / 100 }))
  .to(z.object({ amount: z.number(), currency: z.string() }), (two) => ({ ...two, currency: 'EUR' }))

describe('a state that evolves', () => {
  test('takes the steps from its version to the newest', () => {
    expect(upgrade(schema, 1, { cents: 250 })).toEqual({ amount: 2.5, currency: 'EUR' })
    expect(upgrade(schema, 2, { amount: 3 })).toEqual({ amount: 3, currency: 'EUR' })
    expect(upgrade(schema, 3, { amount: 3, currency: 'USD' })).toEqual({ amount: 3, currency: 'USD' })
  })

  test('has as many versions as schemas; a plain schema has one', () => {
    expect([schemaVersion(schema), schemaVersion(z.object({}))]).toEqual([3, 1])
    expect(upgrade(z.object({}), 1, { any: 1 })).toEqual({ any: 1 })
  })

  test('waits where it is newer than the code', () => {
    expect(() => upgrade(schema, 4, {})).toThrow(
      /newer-state: the record has state version 4, this code knows 3: finish the deploy/,
    )
  })

  test('refuses a step whose input is not what it was written for', () => {
    expect(() => upgrade(schema, 1, { cents: 'many' })).toThrow(/invalid-value: state version 1: cents/)
  })

  test('validates as its newest schema does', () => {
    expect(schema['~standard'].validate({ amount: 1, currency: 'EUR' })).toMatchObject({ value: { amount: 1 } })
    expect(schema['~standard'].validate({ cents: 1 })).toHaveProperty('issues')
  })
})
