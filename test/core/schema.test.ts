// Values from outside the type system: valid, or refused with issues that name their place. Never a throw.
import { describe, expect, test } from '@jest/globals'
import * as v from 'valibot'
import * as z from 'zod'
import { demand, parse, type Schema } from '../../lib/core/schema.ts'

const issues = (schema: Schema, value: unknown) => {
  const parsed = parse(schema, value)
  return parsed.kind === 'invalid' ? parsed.issues : 'valid'
}
const throwing: Schema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: () => {
      throw new TypeError('boom')
    },
  },
}

describe.each([
  ['zod', z.object({ items: z.array(z.object({ cents: z.number() })) })],
  ['valibot', v.object({ items: v.array(v.object({ cents: v.number() })) })],
])('a schema of %s', (_, schema) => {
  test('gives the value, or issues that name their place', () => {
    expect(parse(schema, { items: [{ cents: 1 }], more: 1 })).toEqual({ kind: 'valid', value: { items: [{ cents: 1 }] } })
    expect(issues(schema, { items: [{ cents: 1 }, { cents: 'x' }] })).toMatch(/^items\.1\.cents: /)
    expect(issues(schema, 7)).not.toMatch(/^: /)
  })
})

describe('a schema that throws', () => {
  test('has not found the value valid', () => {
    expect(issues(throwing, 1)).toMatch(/boom/)
  })

  test('in a step that its library makes a promise of is the same, and nobody is left with a rejection', async () => {
    const rejections: unknown[] = []
    const note = (reason: unknown): void => void rejections.push(reason)
    process.on('unhandledRejection', note)
    expect(
      issues(
        z.string().transform((text) => JSON.parse(text) as unknown),
        '{',
      ),
    ).toMatch(/threw, or validates asynchronously/)
    await new Promise(setImmediate)
    process.off('unhandledRejection', note)
    expect(rejections).toEqual([])
  })
})

test('a demand that is not met says what was demanded', () => {
  expect(demand(z.object({ a: z.number() }), { a: 1 }, 'the state')).toEqual({ a: 1 })
  expect(() => demand(z.object({ a: z.number() }), {}, 'the state')).toThrow(/invalid-value: the state: a: /)
})
