// The Lambda function of inventory.
import { toLambda } from '../../../lib/aws/index.ts'
import { inventory } from './process.ts'

export const handler = toLambda(inventory)
