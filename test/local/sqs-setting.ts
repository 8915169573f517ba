// A local SQS for tests: in memory or in a folder, on a clock that the test turns.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqsService } from '../../lib/local/sqs-service.ts'
import { handClock } from './hand-clock.ts'

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'gavotte-sqs-'))

export const call = { origin: 'http://127.0.0.1:4566', region: 'us-east-1' }
export const urlOf = (name: string): string => `${call.origin}/000000000000/${name}`

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
