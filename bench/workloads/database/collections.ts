// Two collections of plain documents with one index, over four shards each: one stays small.
import * as v from 'valibot'
import { type Collection, defineCollections } from '../../../functions/database/collection.ts'

const items = {
  schema: v.strictObject({ rank: v.number(), text: v.string() }),
  indexes: { rank: { kind: 'value', path: 'rank' } },
  shards: 4,
} as const satisfies Collection

export const collections = defineCollections({ few: items, many: items })
