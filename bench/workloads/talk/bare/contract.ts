// A function written by hand beside the others; as a process it takes nothing.
import { contract } from '../../../../lib/index.ts'

export const Bare = contract('bare', { messages: {} })
