// What others may say to a post.
import * as z from 'zod'
import { contract } from '../../../../lib/index.ts'

export const Post = contract('post', { messages: { Do: z.object({ quiet: z.boolean() }) } })
