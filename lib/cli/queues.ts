// `gavotte queues`: how much waits in each mailbox of an app, and how much has failed.
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { calling } from '../aws/errors.ts'
import { sdkDefaults } from '../aws/sdk.ts'
import { exitCodes, FailedError } from './failure.ts'
import { tableOf } from './table.ts'
import { reaching, type TargetOptions, targetOf } from './target.ts'
import { print, type Terminal } from './terminal.ts'

interface Counts {
  readonly visible: number
  readonly inFlight: number
  readonly delayed: number
}
interface Mailbox extends Counts {
  readonly queue: string
  /** All messages in its dead-letter queue; null where it has none. */
  readonly deadLetters: number | null
}

export const queues = async (options: TargetOptions, { out, env }: Terminal): Promise<number> => {
  const target = await targetOf(options, env)
  const sqs = new SQSClient({ ...sdkDefaults, ...target.sdk })
  try {
    const mailboxes = await reaching(target, () => mailboxesOf(sqs, target.app))
    if (mailboxes.length === 0) {
      throw new FailedError(`no queues of app "${target.app}" at ${target.where}: deploy it, or check --app and --endpoint`)
    }
    const lines = options.json ? mailboxes.map((one) => JSON.stringify(one)) : tableOf(columns, mailboxes)
    for (const line of lines) print(out, line)
    return exitCodes.ok
  } finally {
    sqs.destroy()
  }
}

const columns = [
  { title: 'QUEUE', text: ({ queue }: Mailbox) => queue },
  { title: 'VISIBLE', text: ({ visible }: Mailbox) => String(visible), align: 'right' as const },
  { title: 'IN FLIGHT', text: ({ inFlight }: Mailbox) => String(inFlight), align: 'right' as const },
  { title: 'DELAYED', text: ({ delayed }: Mailbox) => String(delayed), align: 'right' as const },
  { title: 'DEAD LETTERS', text: ({ deadLetters }: Mailbox) => String(deadLetters ?? '-'), align: 'right' as const },
]

const mailboxesOf = async (sqs: SQSClient, app: string): Promise<readonly Mailbox[]> => {
  const counts = new Map<string, Counts>()
  for await (const url of urlsOf(sqs, `${app}-`)) counts.set(url.slice(url.lastIndexOf('/') + 1), await countsOf(sqs, url))
  return [...counts]
    .filter(([queue]) => !/-dlq(\.fifo)?$/.test(queue))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([queue, own]) => {
      const dead = counts.get(queue.replace(/(\.fifo)?$/, '-dlq$1'))
      return { queue, ...own, deadLetters: dead === undefined ? null : dead.visible + dead.inFlight + dead.delayed }
    })
}

async function* urlsOf(sqs: SQSClient, prefix: string): AsyncIterable<string> {
  let token: string | undefined
  do {
    const command = new ListQueuesCommand({
      QueueNamePrefix: prefix,
      MaxResults: 1000,
      ...(token !== undefined && { NextToken: token }),
    })
    const page = await calling('ListQueues', () => sqs.send(command))
    yield* page.QueueUrls ?? []
    token = page.NextToken
  } while (token !== undefined)
}

const countsOf = async (sqs: SQSClient, url: string): Promise<Counts> => {
  const command = new GetQueueAttributesCommand({
    QueueUrl: url,
    AttributeNames: [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesDelayed',
    ],
  })
  const { Attributes: found = {} } = await calling(`GetQueueAttributes of ${url}`, () => sqs.send(command))
  return {
    visible: Number(found.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(found.ApproximateNumberOfMessagesNotVisible ?? 0),
    delayed: Number(found.ApproximateNumberOfMessagesDelayed ?? 0),
  }
}
