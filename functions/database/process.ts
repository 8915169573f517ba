// The database of the shop: its collections, and who is told of their changes.
import { collections } from './collections.ts'
import { databaseOf } from './server.ts'

export const database = databaseOf({ collections })
