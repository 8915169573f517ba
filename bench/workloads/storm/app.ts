// Two processes that do the same, one on an ordered mailbox and one on an unordered.
import { defineApp } from '../../../lib/index.ts'
import { desk } from './desk/process.ts'
import { post } from './post/process.ts'

export const app = defineApp('storm', import.meta.url, [desk, post])
