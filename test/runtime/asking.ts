// Processes for the tests of timers and calls: a desk that asks, sets timers and is asked, and a bank that it asks.
import * as z from 'zod'
import type { Deploy } from '../../lib/core/definition.ts'
import type { Envelope } from '../../lib/core/envelope.ts'
import { CallFailed, type ContextOf, contract, defineProcess, type Outcome, outcomeOf, type Process } from '../../lib/index.ts'
import { delivery, envelope, type MemoryHost } from './memory-host.ts'

export const Bank = contract('bank', {
  messages: {},
  calls: {
    Balance: { request: z.object({}), reply: z.object({ pence: z.int() }) },
    Draw: { request: z.object({ pence: z.int() }), reply: z.object({ left: z.int() }) },
  },
})
const Desk = contract('desk', { messages: { Go: z.object({ step: z.string().default('') }) } })

const define = (deploy: Deploy) =>
  defineProcess(Desk, {
    state: z.object({ log: z.array(z.string()) }),
    uses: [Bank],
    deploy,
    internal: {
      Tick: z.object({ n: z.int().default(0) }),
      Balanced: outcomeOf(Bank, 'Balance'),
    },
  })
export type DeskContext = ContextOf<ReturnType<typeof define>>

/** Writes down what reaches it; `go` says what it does when it is told to. */
export const deskProcess = (
  go: (ctx: DeskContext, step: string) => void,
  tick: (ctx: DeskContext) => void = () => {},
  deploy: Deploy = { onFailure: 'setAside' },
): Process =>
  define(deploy).handle({
    initial: () => ({ log: [] }),
    on: {
      Go: (ctx, { step }) => go(ctx, step),
      Tick: (ctx, { n }) => {
        ctx.state.log.push(`tick ${n} at ${ctx.now.toISOString()}`)
        tick(ctx)
      },
      Balanced: (ctx, outcome: Outcome<{ pence: number }>) => {
        ctx.state.log.push(outcome.ok ? `balance ${outcome.reply.pence}` : `no balance: ${outcome.code}`)
      },
    },
  })

/** A bank with a hundred pence; `Draw` writes to the audit of every draw. */
export const bankProcess = (): Process =>
  defineProcess(Bank, { state: z.object({ pence: z.int() }), uses: [Bank] }).handle({
    initial: () => ({ pence: 100 }),
    on: {},
    answer: {
      Balance: ({ state }) => ({ pence: state.pence }),
      Draw: (ctx, { pence }) => {
        if (pence < 0) throw new Error('a negative draw')
        if (pence > ctx.state.pence) throw new CallFailed('too-little', `only ${ctx.state.pence} are left`)
        ctx.state.pence -= pence
        return { left: ctx.state.pence }
      },
    },
  })

/** What was sent in a role, as envelopes. */
export const sentTo = (host: MemoryHost, role: 'mailbox' | 'timer', process: string): readonly Envelope[] =>
  host.sent
    .filter(({ queue }) => queue.role === role && queue.process === process)
    .flatMap(({ entry }) => [JSON.parse(entry.body) as Envelope | readonly Envelope[]].flat() as readonly Envelope[])

export const go = (step = '') => delivery(envelope({ to: '1', type: 'Go', body: { step } }))
