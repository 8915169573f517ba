// Processes for the tests of the runtime: a counter whose handler a test gives, and those whom it knows.
import * as z from 'zod'
import type { Deploy } from '../../lib/core/definition.ts'
import { decodeRecord, type InstanceRecord, recordSk } from '../../lib/core/record.ts'
import { type ContextOf, contract, defineProcess, type Process } from '../../lib/index.ts'
import type { Runtime } from '../../lib/runtime/host.ts'
import { createRuntime } from '../../lib/runtime/runtime.ts'
import type { MemoryHost } from './memory-host.ts'

export const Ledger = contract('ledger', {
  messages: { Add: z.object({ by: z.number().optional(), text: z.string().optional() }) },
  view: z.object({ sum: z.number() }),
})
export const Audit = contract('audit', { messages: { Note: z.object({ text: z.string() }) } })
const Counter = contract('counter', {
  messages: { Add: z.object({ by: z.number().default(1), text: z.string().optional() }), End: z.object({}) },
  view: z.object({ count: z.number(), text: z.string().optional() }),
})

const data = (deploy: Deploy) =>
  defineProcess(Counter, {
    state: z.object({ count: z.number(), text: z.string().optional(), order: z.array(z.number()).optional() }),
    uses: [Ledger, Audit],
    internal: { Tick: z.object({}) },
    deploy,
  })
export type CounterContext = ContextOf<ReturnType<typeof data>>
export type Add = (ctx: CounterContext, body: { readonly by: number; readonly text?: string | undefined }) => void | Promise<void>

/** Adds up; `add` comes after that and may do what it likes. */
export const counter = (add: Add = () => {}, deploy: Deploy = {}): Process =>
  data(deploy).handle({
    initial: () => ({ count: 0 }),
    view: ({ count }) => ({ count }),
    on: {
      Add: (ctx, body) => {
        ctx.state.count += body.by
        return add(ctx, body)
      },
      End: (ctx) => ctx.end(),
      Tick: (ctx) => {
        ctx.state.count += 1000
      },
    },
  })

/** Adds up, and sends each sum to the ledger of the same name. */
export const forwarding = (ctx: CounterContext): void => ctx.send(Ledger, ctx.self.id).Add({ by: ctx.state.count })

/** A fresh environment of a process. */
export const environment = (host: MemoryHost, process: Process = counter()): Runtime => createRuntime(process, host)

/** The record as it stands in the table, its pages left out. */
export const standing = (host: MemoryHost, instance = '42'): InstanceRecord | undefined => {
  const item = host.items.get(`${instance} ${recordSk}`)
  return item && decodeRecord(item)
}
/** The state as it stands in the table; undefined if there is none. */
export const stateOf = (host: MemoryHost, instance = '42'): { readonly count: number } | undefined => {
  const text = standing(host, instance)?.state
  return text === undefined ? undefined : (JSON.parse(text) as { readonly count: number })
}

/** Tries that count, of each message that has any, as they stand in the table. */
export const attemptsOf = (host: MemoryHost, instance = '42'): readonly number[] => [
  ...(standing(host, instance)?.attempts.values() ?? []),
]

/** The codes of the reasons under which messages of an instance are kept. */
export const keptReasons = (host: MemoryHost, instance = '42'): readonly unknown[] =>
  [...host.items.values()]
    .filter(({ pk, sk }) => pk === instance && /^failed\/[^/]+$/.test(sk))
    .map(({ attributes }) => attributes.code)

export const deadLetters = (host: MemoryHost) =>
  host.sent.filter(({ queue }) => queue.role === 'deadLetter').map(({ entry }) => entry)
export const mailed = (host: MemoryHost) => host.sent.filter(({ queue }) => queue.role === 'mailbox').map(({ entry }) => entry)
