// The database of the reference app, with a collection of the bench's own.
import { databaseOf } from '../../../../functions/database/server.ts'
import { collections } from '../collections.ts'

export const database = databaseOf({ collections })
