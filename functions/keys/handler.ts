// The Lambda function of keys.
import { toLambda } from '../../lib/aws/index.ts'
import { keys } from './process.ts'

export const handler = toLambda(keys)
