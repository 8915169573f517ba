// The function of pump.
import { toLambda } from '../../../lib/aws/index.ts'
import { pump } from '../pump.ts'

export const handler = toLambda(pump)
