// A collection of plain documents with one index, over four shards.
import * as v from 'valibot'
import { defineCollections } from '../../../functions/database/collection.ts'

export const collections = defineCollections({
  items: {
    schema: v.strictObject({ rank: v.number(), text: v.string() }),
    indexes: { rank: { kind: 'value', path: 'rank' } },
    shards: 4,
  },
})
