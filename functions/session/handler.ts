// The Lambda function of session.
import { toLambda } from '../../lib/aws/index.ts'
import { session } from './process.ts'

export const handler = toLambda(session)
