// The collections of the shop.
import * as v from 'valibot'
import { pence } from '../amounts.ts'
import { defineCollections } from './collection.ts'

/** An article of the shop; its key is the SKU, by which `inventory` knows it too. */
const product = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  category: v.pipe(v.string(), v.minLength(1), v.maxLength(40)),
  pence,
})

export const collections = defineCollections({
  products: {
    schema: product,
    indexes: {
      words: { kind: 'words', path: 'name' },
      name: { kind: 'value', path: 'name' },
      category: { kind: 'value', path: 'category' },
      pence: { kind: 'value', path: 'pence' },
    },
    shards: 4,
  },
})
