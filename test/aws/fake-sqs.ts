// An SQS endpoint that notes what it was asked and answers as a test tells it: for failures that a real queue cannot be made to show.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SentEntry {
  readonly Id: string
  readonly MessageBody: string
  readonly MessageGroupId?: string
  readonly MessageDeduplicationId?: string
  readonly MessageAttributes?: unknown
}
export interface Asked {
  readonly operation: string
  readonly input: { readonly [name: string]: unknown; readonly QueueUrl?: string; readonly Entries?: readonly SentEntry[] }
}
/** `fault`: an error of the whole request; `failed`: of entries, by the place in the batch. */
export interface Reply {
  readonly output?: object
  readonly fault?: { readonly status: number; readonly type: string; readonly message?: string }
  readonly failed?: { readonly [place: number]: { readonly Code: string; readonly SenderFault: boolean } }
}

export class FakeSqs {
  readonly asked: Asked[] = []
  /** Queues that there are, by name. */
  queues: string[] = ['gavotte-order.fifo', 'gavotte-web']
  answer: (asked: Asked) => Reply | undefined | Promise<Reply | undefined> = () => undefined
  #server: Server | undefined
  port = 0

  /** Listens; on the port it had, if it was closed. */
  async open(): Promise<this> {
    this.#server = createServer((request, response) => void this.#serve(request, response))
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
    return this
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise((resolve) => this.#server?.close(resolve))
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`
  }
  get config() {
    return { endpoint: this.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  }
  urlOf(queue: string): string {
    return `${this.endpoint}/000000000000/${queue}`
  }
  /** The entries of each SendMessageBatch. */
  get batches(): readonly (readonly SentEntry[])[] {
    return this.asked.flatMap(({ operation, input }) => (operation === 'SendMessageBatch' ? [input.Entries ?? []] : []))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks = await Array.fromAsync(request as AsyncIterable<Buffer>)
    const operation = String(request.headers['x-amz-target']).replace('AmazonSQS.', '')
    const asked: Asked = { operation, input: JSON.parse(Buffer.concat(chunks).toString()) }
    this.asked.push(asked)
    const { status, body } = this.#respond(asked, (await this.answer(asked)) ?? {})
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body))
  }

  #respond({ operation, input }: Asked, reply: Reply): { readonly status: number; readonly body: object } {
    if (reply.fault)
      return {
        status: reply.fault.status,
        body: { __type: `com.amazonaws.sqs#${reply.fault.type}`, message: reply.fault.message ?? 'no' },
      }
    if (reply.output) return { status: 200, body: reply.output }
    if (operation === 'GetQueueUrl') {
      const name = String(input.QueueName)
      return this.queues.includes(name)
        ? { status: 200, body: { QueueUrl: this.urlOf(name) } }
        : { status: 400, body: { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'The specified queue does not exist.' } }
    }
    if (operation !== 'SendMessageBatch') return { status: 200, body: {} }
    const entries = input.Entries ?? []
    const failedAt = (n: number): boolean => reply.failed?.[n] !== undefined
    return {
      status: 200,
      body: {
        Successful: entries.flatMap((one, n) =>
          failedAt(n) ? [] : [{ Id: one.Id, MessageId: `m-${one.Id}`, MD5OfMessageBody: md5(one.MessageBody) }],
        ),
        Failed: entries.flatMap((one, n) => (failedAt(n) ? [{ Id: one.Id, Message: 'it failed', ...reply.failed?.[n] }] : [])),
      },
    }
  }
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
