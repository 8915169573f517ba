// A local SQS for tests: in memory or in a folder, on a clock that the test turns.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqsService } from '../../lib/local/sqs-service.ts'
import type { Clock } from '../../lib/ports/host.ts'

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'gavotte-sqs-'))

export const call = { origin: 'http://127.0.0.1:4566', region: 'us-east-1' }
export const urlOf = (name: string): string => `${call.origin}/000000000000/${name}`

/** Lets everything go on that waits for no clock. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 10; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** A clock that stands until it is turned. */
const handClock = () => {
  let now = 1_000_000
  const alarms = new Set<{ readonly at: number; readonly ring: () => void }>()
  const clock: Clock = {
    now: () => now,
    after: (ms) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const alarm = { at: now + ms, ring: resolve }
      if (ms <= 0) resolve()
      else alarms.add(alarm)
      return { elapsed: promise, cancel: () => alarms.delete(alarm) }
    },
  }
  const turn = async (ms: number): Promise<void> => {
    await settle()
    const end = now + ms
    for (;;) {
      const [next] = [...alarms].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)
      if (next === undefined) break
      alarms.delete(next)
      now = next.at
      next.ring()
      await settle()
    }
    now = end
    await settle()
  }
  return { clock, turn, alarms }
}

export interface Received {
  readonly Messages?: readonly { readonly Body: string; readonly ReceiptHandle: string; readonly MessageId: string }[]
}

/** A service on a clock turned by hand, with short names for what tests do most. */
export const openByHand = (folder?: string) => {
  const { clock, turn, alarms } = handClock()
  const service = SqsService.open(folder, { clock })
  const act = (action: string, input: object) => service.handle(action, { ...input }, call)
  return {
    service,
    turn,
    alarms,
    act,
    create: (name: string, Attributes: object = {}) => act('CreateQueue', { QueueName: name, Attributes }),
    send: (name: string, MessageBody: string, more: object = {}) =>
      act('SendMessage', { QueueUrl: urlOf(name), MessageBody, ...more }),
    receive: (name: string, more: object = {}) =>
      act('ReceiveMessage', { QueueUrl: urlOf(name), MaxNumberOfMessages: 10, ...more }) as Promise<Received>,
  }
}

export const bodiesOf = ({ Messages = [] }: Received): string[] => Messages.map(({ Body }) => Body)
