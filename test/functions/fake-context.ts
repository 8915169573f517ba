// Runs one handler of a process on plain data, without a runtime: for tests of what it decides.
import { methods } from '../../lib/core/contract.ts'
import { milliseconds } from '../../lib/core/duration.ts'
import { demand } from '../../lib/core/schema.ts'
import type { Contract, Process } from '../../lib/index.ts'

export interface Message {
  readonly type: string
  readonly body?: unknown
}
export interface Sent {
  readonly to: string
  readonly id: string
  readonly type: string
  readonly body: unknown
}
/** A timer that a handler set. */
export interface Timer extends Message {
  /** ms from now. */
  readonly delay: number
  /** ms; it comes again and again. */
  readonly every?: number
}

/** What a handler leaves, all of it valid by its schema. */
export interface Reacted {
  readonly state: unknown
  readonly sent: readonly Sent[]
  /** By name; undefined: cancelled. Absent where no timer was touched. */
  readonly timers?: { readonly [name: string]: Timer | undefined }
}

/**
 * Handles one message.
 * @param state undefined: the instance's first message
 */
export const react = async (process: Process, id: string, state: unknown, message: Message): Promise<Reacted> => {
  const { behaviour, contract, uses, internal } = process
  const own = { ...contract.messages, ...internal }
  const sent: Sent[] = []
  const timers: { [name: string]: Timer | undefined } = {}
  const set = (delay: number, every?: number) =>
    methods(own, (type, body) => {
      timers[type] = { type, body, delay, ...(every !== undefined && { every }) }
    })
  const context = {
    state: structuredClone(demand(process.state, state ?? behaviour.initial(id), 'state')),
    self: { process: contract.name, id },
    send: (to: Contract, target: string) => {
      if (to !== contract && !uses.includes(to)) throw new Error(`${contract.name} does not use ${to.name}`)
      return methods(to.messages, (type, body) => {
        sent.push({ to: to.name, id: target, type, body })
      })
    },
    after: (delay: string | number) => set(milliseconds(delay)),
    every: (period: string | number) => set(milliseconds(period), milliseconds(period)),
    cancel: (name: string) => {
      timers[name] = undefined
    },
    log: () => undefined,
  }
  const schema = own[message.type]
  const handler = behaviour.on[message.type]
  if (schema === undefined || typeof handler !== 'function') throw new Error(`${contract.name} has no message ${message.type}`)
  await handler(context as never, demand(schema, message.body ?? {}, message.type) as never)
  return { state: demand(process.state, context.state, 'state'), sent, ...(Object.keys(timers).length > 0 && { timers }) }
}
