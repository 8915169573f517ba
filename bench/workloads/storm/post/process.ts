// Works on an unordered mailbox.
import { workingAs } from '../work.ts'
import { Post } from './contract.ts'

export const post = workingAs(Post, { mailbox: 'unordered' })
