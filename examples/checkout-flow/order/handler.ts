// The Lambda function of order.
import { toLambda } from '../../../lib/aws/index.ts'
import { order } from './process.ts'

export const handler = toLambda(order)
