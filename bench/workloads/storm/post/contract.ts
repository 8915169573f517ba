// What others may say to a post.
import { contract } from '../../../../lib/index.ts'
import { work } from '../work.ts'

export const Post = contract('post', { messages: work })
