// The Lambda function of post.
import { toLambda } from '../../../../lib/aws/index.ts'
import { post } from './process.ts'

export const handler = toLambda(post)
