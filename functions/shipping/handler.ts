// The Lambda function of shipping.
import { toLambda } from '../../lib/aws/index.ts'
import { shipping } from './process.ts'

export const handler = toLambda(shipping)
