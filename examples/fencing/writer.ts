// A writer that pauses longer than its lease lives, and does not notice: as a process does that is stopped, or cut off, or slow.
import * as z from 'zod'
import { Lease } from '../../lib/coordination/index.ts'
import { type ContextOf, defineProcess, outcomeOf } from '../../lib/index.ts'
import { Vault, Writer } from './contracts.ts'

const definition = defineProcess(Writer, {
  state: z.object({ lines: z.int(), pauseMs: z.int() }),
  uses: [Lease, Vault],
  internal: {
    Asked: outcomeOf(Lease, 'Acquire'),
    Released: outcomeOf(Lease, 'Release'),
    Next: z.object({ token: z.int() }),
  },
})

const goOn = (ctx: ContextOf<typeof definition>, token: number): void => {
  if (ctx.state.lines > 0) ctx.after(ctx.state.pauseMs).Next({ token })
  else ctx.request(Lease, 'turn').Release({ holder: ctx.self.id, token }, { outcome: 'Released' })
}

export const writer = definition.handle({
  initial: () => ({ lines: 0, pauseMs: 0 }),
  on: {
    Begin(ctx, { lines, pauseMs }) {
      ctx.state = { lines, pauseMs }
      const ask = { holder: ctx.self.id, ttl: '30s', wait: '1h', notify: ctx.self } as const
      ctx.request(Lease, 'turn').Acquire(ask, { outcome: 'Asked' })
    },
    Asked(ctx, outcome) {
      if (outcome.ok && outcome.reply.held) goOn(ctx, outcome.reply.token)
    },
    Granted(ctx, { token }) {
      goOn(ctx, token)
    },
    Next(ctx, { token }) {
      ctx.send(Vault, 'v').Write({ line: `${ctx.self.id} ${ctx.state.lines}`, token })
      ctx.state.lines -= 1
      goOn(ctx, token)
    },
    // A careful writer stops here. This one does not: its word is late by right, and so the vault must look for itself.
    Lost() {},
    Released() {},
  },
})
