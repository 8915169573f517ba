// The resource that is protected: it keeps the greatest token that it has seen, and refuses what comes under an older one.
import * as z from 'zod'
import { defineProcess } from '../../lib/index.ts'
import { Vault } from './contracts.ts'

const definition = defineProcess(Vault, {
  state: z.object({
    token: z.int(),
    lines: z.array(z.object({ line: z.string(), token: z.int() })),
    refused: z.array(z.string()),
  }),
})

export const vault = definition.handle({
  initial: () => ({ token: 0, lines: [], refused: [] }),
  on: {
    Write({ state }, { line, token }) {
      if (token < state.token) return void state.refused.push(line)
      state.token = token
      state.lines.push({ line, token })
    },
  },
})

/** The wrong version: it trusts that whoever writes holds its turn still. */
export const trustingVault = definition.handle({
  initial: () => ({ token: 0, lines: [], refused: [] }),
  on: {
    Write({ state }, { line, token }) {
      state.lines.push({ line, token })
    },
  },
})
