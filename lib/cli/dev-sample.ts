// A body that a message's schema takes, so that the lines to try are ready to run.
import type { StandardJSONSchemaV1 } from '@standard-schema/spec'
import { parse, type Schema } from '../core/schema.ts'

// Schemas of valibot cannot describe themselves; an app that brings the package beside gets samples of them as well.
const toJsonSchema = await import('@valibot/to-json-schema').then(
  (valibot) => valibot.toJsonSchema,
  () => undefined,
)

/** Undefined if the schema's library cannot describe itself (Standard JSON Schema), or asks for more than can be made up. */
export const sampleBody = (schema: Schema): unknown => {
  const candidates = [() => ({}), () => sample(jsonSchemaOf(schema))]
  for (const candidate of candidates) {
    try {
      const body = candidate()
      if (parse(schema, body).kind === 'valid') return body
    } catch {
      // A schema that cannot be described has no sample.
    }
  }
  return undefined
}

type ValibotSchema = Parameters<NonNullable<typeof toJsonSchema>>[0]
const isOfValibot = (schema: Schema): schema is Schema & ValibotSchema => schema['~standard'].vendor === 'valibot'
const describesItself = (schema: Schema): schema is Schema & StandardJSONSchemaV1 => 'jsonSchema' in schema['~standard']

/** Empty where nothing is known of it. */
const jsonSchemaOf = (schema: Schema): JsonSchema => {
  if (describesItself(schema)) return schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' })
  if (toJsonSchema === undefined || !isOfValibot(schema)) return {}
  return toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'input' }) as JsonSchema
}

interface JsonSchema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly properties?: { readonly [name: string]: JsonSchema }
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly minLength?: number
  readonly format?: string
}

const formats: { readonly [format: string]: string } = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00',
  email: 'ada@example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
  uri: 'https://example.com',
}

const sample = (schema: JsonSchema): unknown => {
  if ('const' in schema) return schema.const
  if ('default' in schema) return schema.default
  const [first] = schema.enum ?? []
  if (first !== undefined) return first
  const [either] = schema.anyOf ?? schema.oneOf ?? []
  if (either !== undefined) return sample(either)
  switch (schema.type) {
    case 'object': {
      const { properties = {}, required = [] } = schema
      return Object.fromEntries(required.map((name) => [name, sample(properties[name] ?? {})]))
    }
    case 'array':
      return Array.from({ length: schema.minItems ?? 1 }, () => sample(schema.items ?? {}))
    case 'string':
      return formats[schema.format ?? ''] ?? 'text'.padEnd(schema.minLength ?? 0, '.')
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 1, (schema.exclusiveMinimum ?? 0) + 1)
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return {}
  }
}
