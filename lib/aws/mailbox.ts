// The queues on SQS (port `Mailbox`).
import {
  ChangeMessageVisibilityBatchCommand,
  type MessageAttributeValue,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SendMessageBatchResult,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { Refused } from '../core/errors.ts'
import { visibilitySecondsMax } from '../core/limits.ts'
import { groupOf } from '../core/names.ts'
import type { Entry, Hidden, Mailbox, Queue, Refusal } from '../ports/mailbox.ts'
import { calling, isLasting } from './errors.ts'
import { isFifo, mailboxesOf, type Routes, routeTo } from './routes.ts'
import type { SqsClients } from './sqs-clients.ts'

export interface SqsMailboxOptions {
  readonly sqs: SqsClients
  readonly routes: Routes
  /** The process whose mailbox `hide` means. */
  readonly process: string
}

export class SqsMailbox implements Mailbox {
  readonly #sqs: SqsClients
  readonly #routes: Routes
  readonly #process: string

  constructor({ sqs, routes, process }: SqsMailboxOptions) {
    this.#sqs = sqs
    this.#routes = routes
    this.#process = process
  }

  async send(queue: Queue, entries: readonly Entry[]): Promise<ReadonlyMap<string, Refusal>> {
    const url = this.#urlOf(queue)
    const { failed } = await sendBatch(this.#sqs.at(url), url, entries)
    return new Map(failed.map(({ entry, reason, lasting }) => [entry.id, { reason, lasting }]))
  }

  shards(process: string): number {
    return mailboxesOf(routeTo(this.#routes, process)).length
  }

  async hide(deliveries: readonly Hidden[]): Promise<void> {
    const route = routeTo(this.#routes, this.#process)
    const own = [...mailboxesOf(route), ...(route.timer ? [route.timer.queue] : [])]
    // All deliveries of an invocation come from one event-source mapping, and so from one queue.
    const name = deliveries[0]?.source?.split(':').at(-1)
    const url = own.find((one) => one.endsWith(`/${name}`)) ?? own[0]
    const command = new ChangeMessageVisibilityBatchCommand({
      QueueUrl: url,
      Entries: deliveries.map(({ receipt, seconds }, n) => ({
        Id: String(n),
        ReceiptHandle: receipt,
        VisibilityTimeout: Math.min(visibilitySecondsMax, Math.max(0, Math.round(seconds))),
      })),
    })
    // Best effort: a message that cannot be hidden shows again after the queue's own visibility timeout.
    await this.#sqs
      .at(url)
      .send(command)
      .catch(() => undefined)
  }

  #urlOf({ role, process, shard = 0 }: Queue): string {
    const route = routeTo(this.#routes, process)
    const url = { mailbox: mailboxesOf(route)[shard], deadLetter: route.deadLetter, timer: route.timer?.queue }[role]
    if (url === undefined) throw new Refused('no-queue', `the route to "${process}" has no "${role}": ${remedies[role]}`)
    return url
  }
}

const remedies: { readonly [role in Queue['role']]: string } = {
  mailbox: 'it has fewer shards than this process believes, deploy both again',
  deadLetter: 'add it and deploy again',
  timer: 'set `timers: true` in its `deploy` and deploy again',
}

export interface FailedEntry<E extends Entry = Entry> extends Refusal {
  readonly entry: E
}

/**
 * One SendMessageBatch, reconciled by id: what SQS does not name as sent counts as failed.
 * @throws what `wrapped` makes of an error for the batch as a whole
 */
export const sendBatch = async <E extends Entry>(
  sqs: SQSClient,
  queueUrl: string,
  entries: readonly E[],
): Promise<{ readonly failed: readonly FailedEntry<E>[] }> => {
  const fifo = isFifo(queueUrl)
  // Ids of a batch are at most 80 letters, digits, - and _: their place in it serves.
  const command = new SendMessageBatchCommand({
    QueueUrl: queueUrl,
    Entries: entries.map((entry, n) => toRequest(entry, String(n), fifo)),
  })
  const result = await calling(`SendMessageBatch to ${queueUrl}`, () => sqs.send(command))
  return { failed: reconcile(entries, result) }
}

const reconcile = <E extends Entry>(
  entries: readonly E[],
  result: Partial<SendMessageBatchResult>,
): readonly FailedEntry<E>[] => {
  const sent = new Set(result.Successful?.map((one) => one.Id))
  return entries.flatMap((entry, n) => {
    if (sent.has(String(n))) return []
    const fault = result.Failed?.find((one) => one.Id === String(n))
    if (!fault) return [{ entry, reason: 'SQS did not name it in its answer', lasting: false }]
    const reason = [fault.Code, fault.Message].filter(Boolean).join(': ')
    return [{ entry, reason, lasting: isLasting(fault.Code ?? '', fault.SenderFault === true) }]
  })
}

const toRequest = (entry: Entry, id: string, fifo: boolean): SendMessageBatchRequestEntry => ({
  Id: id,
  MessageBody: entry.body,
  // "To enable fair queues, include a message group ID when sending messages to your Amazon SQS standard queues."
  MessageGroupId: groupOf(entry.group, fifo),
  ...(fifo && { MessageDeduplicationId: entry.deduplication }),
  // SQS takes none on a FIFO queue: "When you set FifoQueue, you can't set DelaySeconds per message."
  ...(entry.delaySeconds !== undefined && { DelaySeconds: entry.delaySeconds }),
  ...(entry.attributes && { MessageAttributes: toAttributes(entry.attributes) }),
})

const toAttributes = (attributes: { readonly [name: string]: string }): Record<string, MessageAttributeValue> =>
  Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]))
