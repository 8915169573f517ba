// Runs one handler of a process on plain data, without a runtime: for tests of what it decides.
import { methods } from '../../lib/core/contract.ts'
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

/**
 * Handles one message.
 * @param state undefined: the instance's first message
 * @returns the state and the sends that would be committed, both valid by their schemas
 */
export const react = async (process: Process, id: string, state: unknown, message: Message) => {
  const { behaviour, contract, uses } = process
  const sent: Sent[] = []
  const context = {
    state: structuredClone(demand(process.state, state ?? behaviour.initial(id), 'state')),
    self: { process: contract.name, id },
    send: (to: Contract, target: string) => {
      if (to !== contract && !uses.includes(to)) throw new Error(`${contract.name} does not use ${to.name}`)
      return methods(to.messages, (type, body) => {
        sent.push({ to: to.name, id: target, type, body })
      })
    },
    log: () => undefined,
  }
  const schema = contract.messages[message.type] ?? process.internal[message.type]
  const handler = behaviour.on[message.type]
  if (schema === undefined || typeof handler !== 'function') throw new Error(`${contract.name} has no message ${message.type}`)
  await handler(context as never, demand(schema, message.body ?? {}, message.type) as never)
  return { state: demand(process.state, context.state, 'state'), sent }
}
