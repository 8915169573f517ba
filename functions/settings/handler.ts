// The Lambda function of settings.
import { toLambda } from '../../lib/aws/index.ts'
import { settings } from './process.ts'

export const handler = toLambda(settings)
