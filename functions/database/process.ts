// The database of the shop: its collections, and who is told of their changes.
import { Cache, instanceIds, instances } from '../cache/contract.ts'
import { collections } from './collections.ts'
import { databaseOf } from './server.ts'

export const database = databaseOf({
  collections,
  // Each of them, as entries that bear a tag may be anywhere.
  subscribers: [{ process: Cache, instances: () => instanceIds(instances) }],
})
