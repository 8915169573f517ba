// Sample bodies: what the lines to try carry.
import { describe, expect, test } from '@jest/globals'
import * as v from 'valibot'
import * as z from 'zod'
import { sampleBody } from '../../lib/cli/dev-sample.ts'

describe('a sample body', () => {
  test('is one that the schema takes', () => {
    const schema = z.object({
      id: z.string().min(6),
      pence: z.int().positive(),
      at: z.iso.datetime(),
      mail: z.email(),
      kind: z.enum(['card', 'cash']),
      lines: z.array(z.object({ sku: z.string(), fragile: z.boolean() })).min(2),
      note: z.string().optional(),
    })
    expect(sampleBody(schema)).toEqual({
      id: 'text..',
      pence: 1,
      at: '2026-01-01T00:00:00Z',
      mail: 'ada@example.com',
      kind: 'card',
      lines: [
        { sku: 'text', fragile: true },
        { sku: 'text', fragile: true },
      ],
    })
  })

  test('is made of valibot schemas as well', () => {
    const schema = v.object({
      sku: v.string(),
      pence: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
      note: v.optional(v.string()),
    })
    expect(sampleBody(schema)).toEqual({ sku: 'text', pence: 1 })
  })

  test('is empty where nothing is asked for', () => {
    expect(sampleBody(z.object({ note: z.string().optional() }))).toEqual({})
    expect(sampleBody(v.object({}))).toEqual({})
  })

  test('is left out where none can be made up', () => {
    expect(sampleBody(z.object({ sku: z.string().regex(/^sku-\d+$/) }))).toBeUndefined()
    expect(sampleBody(v.object({ sku: v.pipe(v.string(), v.regex(/^sku-\d+$/)) }))).toBeUndefined()
  })
})
