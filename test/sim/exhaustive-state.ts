// The state of a small world as text, without what makes no difference: names that were given in another order.
import type { Deployed } from '../../lib/sim/cloud.ts'
import type { QueueModel } from '../../lib/sim/queue.ts'
import { now } from './exhaustive-host.ts'

/** JSON text; bytes are told apart. */
export const asText = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => {
    if (one instanceof Uint8Array) return Buffer.from(one).toString('base64')
    return one instanceof Map ? [...one] : one
  })

/**
 * The same text for the same state. Numbers of runs depend on who ran first: the messages that they handled take their place. Nonces and
 * ids of queue messages are only ever compared, so that they are told by the order in which they occur.
 */
export const sameNames = (text: string, runs: readonly string[]): string => {
  const names = new Map<string, string>()
  const named = (name: string): string => {
    const known = names.get(name) ?? `#${names.size}`
    names.set(name, known)
    return known
  }
  return text
    .replace(
      /\{(\\*"runs\\*"):\[([\d,]+)\]/g,
      (_, name: string, numbers: string) =>
        `{${name}:[${numbers
          .split(',')
          .map((number) => runs[Number(number)])
          .join()}]`,
    )
    .replace(/(?<=")[a-z]+-\d+(\.\d+\.\d+)?(?=\\*")/g, named)
}

/** What a process's table and queues hold; `remembers`: with what the queues know of what they were sent. */
export const storedIn = ({ table, mailboxes, deadLetter, timers }: Deployed, queueNow: number, remembers: boolean): unknown => [
  [...table.items(now)].sort((a, b) => (a.pk + a.sk < b.pk + b.sk ? -1 : 1)),
  [...mailboxes, deadLetter, ...(timers === undefined ? [] : [timers.queue])].map((queue) => heldIn(queue, queueNow, remembers)),
]

const heldIn = (queue: QueueModel, queueNow: number, remembers: boolean): unknown =>
  [...queue.record(queueNow)].map((change) => {
    if (change.kind === 'stored') return [change.message.id, change.message.body, change.message.receives > 0]
    return change.kind === 'remembered' && remembers ? change.first.key : ''
  })
