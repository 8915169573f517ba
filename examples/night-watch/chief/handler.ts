// The function of chief.
import { toLambda } from '../../../lib/aws/index.ts'
import { chief } from '../chief.ts'

export const handler = toLambda(chief)
