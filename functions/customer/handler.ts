// The Lambda function of customer.
import { toLambda } from '../../lib/aws/index.ts'
import { customer } from './process.ts'

export const handler = toLambda(customer)
