// Writers that take turns, and the vault that they write to. A turn is a lease; its token goes along with each line.
import * as z from 'zod'
import { holderNotices } from '../../lib/coordination/index.ts'
import { contract } from '../../lib/index.ts'

export const Vault = contract('vault', {
  messages: {
    /** A line, under the fencing token of the turn in which it is written. */
    Write: z.object({ line: z.string(), token: z.int() }),
  },
})

export const Writer = contract('writer', {
  messages: {
    ...holderNotices,
    /** Takes its turn, and writes so many lines with so long a pause before each. */
    Begin: z.object({ lines: z.int().positive(), pauseMs: z.int().positive() }),
  },
})
