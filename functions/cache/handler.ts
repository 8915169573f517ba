// The Lambda function of cache.
import { toLambda } from '../../lib/aws/index.ts'
import { cache } from './process.ts'

export const handler = toLambda(cache)
