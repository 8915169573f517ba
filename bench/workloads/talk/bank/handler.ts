// The Lambda function of the bank.
import { toLambda } from '../../../../lib/aws/index.ts'
import { bank } from './process.ts'

export const handler = toLambda(bank)
