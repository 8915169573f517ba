// The Lambda function of ledger.
import { toLambda } from '../../../../lib/aws/index.ts'
import { ledger } from './process.ts'

export const handler = toLambda(ledger)
