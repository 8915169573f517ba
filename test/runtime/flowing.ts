// A small world of one flow process for tests: what it sends is answered by the test, timers fire when told, environments come and go.
import * as z from 'zod'
import type { Deploy } from '../../lib/core/definition.ts'
import type { Envelope } from '../../lib/core/envelope.ts'
import type { FlowState } from '../../lib/core/journal.ts'
import { contract, defineProcess, type FlowContextOf, flow, type Process } from '../../lib/index.ts'
import type { Runtime } from '../../lib/runtime/host.ts'
import { createRuntime } from '../../lib/runtime/runtime.ts'
import { Bank, sentTo } from './asking.ts'
import { deliver, delivery, envelope, type MemoryHost, memoryHost } from './memory-host.ts'
import { keptReasons, Ledger, standing, stateOf } from './processes.ts'

const Trip = contract('trip', {
  messages: {
    Go: z.object({ n: z.int().default(0) }),
    Paid: z.object({ pence: z.int() }),
    Touch: z.object({}),
    Other: z.object({}),
  },
  calls: { Total: { request: z.object({}), reply: z.object({ total: z.int() }) } },
})
const define = (deploy: Deploy = {}) =>
  defineProcess(Trip, {
    state: z.object({ log: z.array(z.string()) }),
    uses: [Bank, Ledger],
    internal: { Inner: z.object({}) },
    deploy,
  })
export type TripFlow = FlowContextOf<ReturnType<typeof define>>

export const tripProcess = (
  run: (ctx: TripFlow, body: { readonly n: number }) => Promise<void>,
  total: (ctx: TripFlow) => Promise<{ total: number }> = async () => ({ total: 0 }),
  deploy: Deploy = {},
): Process =>
  define(deploy).handle({
    initial: () => ({ log: [] }),
    on: {
      Go: flow(run),
      Paid: flow.receives,
      Other: flow.receivesOr((ctx) => void ctx.state.log.push('other, without a flow')),
      Touch: (ctx) => void ctx.state.log.push('touched'),
      Inner: () => {},
    },
    answer: { Total: flow(async (ctx) => total(ctx)) },
  })

export interface Trial {
  readonly host: MemoryHost
  /** Delivers to an environment: a fresh one, unless it is to stay. @returns how many came back */
  readonly tell: (type: string, body?: object, given?: Partial<Envelope>) => Promise<number>
  /** Delivers every timer that has come due and was not delivered yet. */
  readonly fire: () => Promise<void>
  /** Answers the requests to the bank that were not answered yet. */
  readonly answer: (answer: object) => Promise<void>
  readonly log: () => readonly string[]
  readonly flows: () => readonly FlowState[]
  readonly kept: () => readonly unknown[]
  readonly deploy: (process: Process) => void
}

/** @param stays one environment for all that is delivered; otherwise each delivery has a fresh one */
export const trial = (first: Process, stays = false): Trial => {
  const host = memoryHost()
  let process = first
  let runtime: Runtime = createRuntime(process, host)
  const delivered = new Set<string>()
  const give = async (one: Envelope): Promise<number> => {
    if (!stays) runtime = createRuntime(process, host)
    const back = await deliver(runtime, host, [delivery(one)])
    if (back.length === 0) delivered.add(one.id)
    return back.length
  }
  const pending = (envelopes: readonly Envelope[]) => envelopes.filter(({ id }) => !delivered.has(id))
  return {
    host,
    tell: (type, body = {}, given = {}) => give(envelope({ to: '1', type, body, ...given })),
    fire: async () => {
      const scheduled = host.scheduled.map(({ body }) => JSON.parse(body) as Envelope)
      for (const one of pending([...sentTo(host, 'timer', 'trip'), ...scheduled])) if (one.at <= host.clock.now()) await give(one)
    },
    answer: async (answer) => {
      for (const { id, to } of pending(sentTo(host, 'mailbox', 'bank'))) {
        delivered.add(id)
        await give(envelope({ to: '1', type: '~reply', from: `bank/${to}`, body: { call: id, ...answer } }))
      }
    },
    log: () => (stateOf(host, '1') as unknown as { log: string[] } | undefined)?.log ?? [],
    flows: () => standing(host, '1')?.flows.running ?? [],
    kept: () => keptReasons(host, '1'),
    deploy: (next) => {
      process = next
      runtime = createRuntime(process, host)
    },
  }
}
