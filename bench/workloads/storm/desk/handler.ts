// The Lambda function of desk.
import { toLambda } from '../../../../lib/aws/index.ts'
import { desk } from './process.ts'

export const handler = toLambda(desk)
