// The Lambda function of counter.
import { toLambda } from '../../../../lib/aws/index.ts'
import { counter } from './process.ts'

export const handler = toLambda(counter)
