// The Lambda function of the database.
import { toLambda } from '../../../../lib/aws/index.ts'
import { database } from './process.ts'

export const handler = toLambda(database)
