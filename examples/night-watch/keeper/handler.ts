// The function of keeper.
import { toLambda } from '../../../lib/aws/index.ts'
import { keeper } from '../keeper.ts'

export const handler = toLambda(keeper)
