// The Lambda function of payment.
import { toLambda } from '../../../lib/aws/index.ts'
import { payment } from './process.ts'

export const handler = toLambda(payment)
