// A client's connection with its types forgotten: envelopes to mailboxes and functions, views from tables.
import { randomUUID } from 'node:crypto'
import { DynamoDBClient, type DynamoDBClientConfig, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import type { LambdaClientConfig } from '@aws-sdk/client-lambda'
import { GetQueueUrlCommand, ListQueueTagsCommand, type SQSClientConfig } from '@aws-sdk/client-sqs'
import type { Answer } from '../core/call.ts'
import { deduplicationOf, shardOf } from '../core/digest.ts'
import { type Envelope, encodeEnvelope, envelopeVersion } from '../core/envelope.ts'
import { Misconfigured, Rejected } from '../core/errors.ts'
import { keyLengthMax, messageBytesMax } from '../core/limits.ts'
import { address, demandInstanceId, resourceNames, shardNames } from '../core/names.ts'
import { calling, wrapped } from './errors.ts'
import { LambdaInvoker } from './invoker.ts'
import { mailboxesOf, type Routes, routeTo } from './routes.ts'
import { sdkDefaults } from './sdk.ts'
import { Sender, type SenderOptions } from './sender.ts'
import { SqsClients } from './sqs-clients.ts'
import { DynamoViews } from './views.ts'

export interface ConnectionOptions {
  /** Prefix of all names in AWS. Default `gavotte`. */
  readonly app?: string
  /** Where the processes are; without it their queues and tables are found by name. */
  readonly routes?: Routes
  /** Configuration of the SDK's SQS client: `region`, `endpoint`, `credentials`, … */
  readonly sqs?: SQSClientConfig
  /** Configuration of the SDK's DynamoDB client. */
  readonly dynamodb?: DynamoDBClientConfig
  /** Configuration of the SDK's Lambda client, for direct calls. */
  readonly lambda?: LambdaClientConfig
  readonly sending?: SenderOptions
}

/** A message from outside. */
export interface Posting {
  readonly process: string
  readonly instance: string
  readonly type: string
  /** What travels: JSON. */
  readonly body: unknown
  /** Names the intention: however often and from wherever it is sent under this key, it is applied once. */
  readonly key?: string | undefined
}
export interface Posted {
  /** Id of the message: the key, or one made by this connection. */
  readonly id: string
}

/** A table and the client that reaches it. */
export interface Table {
  readonly dynamodb: DynamoDBClient
  /** Name or ARN. */
  readonly name: string
}

export class Connection {
  readonly #app: string
  readonly #routes: Routes | undefined
  readonly #sqs: SqsClients
  readonly #dynamodb: DynamoDBClient
  readonly #lambda: LambdaInvoker
  readonly #sender: Sender
  readonly #views: DynamoViews
  readonly #found = new Map<string, Promise<readonly string[]>>()
  /** The client is a sender with an identity of its own: its ids and times never repeat. */
  readonly #from = `~client/${randomUUID()}`
  #posted = 0

  constructor({ app = 'gavotte', routes, sqs = {}, dynamodb = {}, lambda = {}, sending = {} }: ConnectionOptions) {
    this.#app = app
    this.#routes = routes
    this.#sqs = new SqsClients(sqs)
    this.#dynamodb = new DynamoDBClient({ ...sdkDefaults, ...dynamodb })
    this.#lambda = new LambdaInvoker(lambda)
    this.#sender = new Sender(this.#sqs, sending)
    this.#views = new DynamoViews(this.#dynamodb, (process) => this.table(process).name)
  }

  /** The table of a process. @throws Misconfigured if the routes have none */
  table(process: string): Table {
    const name = this.#routes ? routeTo(this.#routes, process).table : resourceNames(this.#app, process, 'ordered').table
    return { dynamodb: this.#dynamodb, name }
  }

  /** The processes that there are: those of the routes, or whose tables bear the app's name. */
  async processes(): Promise<readonly string[]> {
    if (this.#routes) return Object.keys(this.#routes)
    const prefix = `${this.#app}-`
    const found: string[] = []
    let after: string | undefined
    do {
      const command = new ListTablesCommand({ ...(after !== undefined && { ExclusiveStartTableName: after }) })
      const page = await calling('ListTables', () => this.#dynamodb.send(command))
      for (const name of page.TableNames ?? []) if (name.startsWith(prefix)) found.push(name.slice(prefix.length))
      after = page.LastEvaluatedTableName
    } while (after !== undefined)
    return found
  }

  /**
   * Resolves once the queue has the message. Messages to one instance arrive in the order of the calls.
   * @throws Rejected if it can never be sent, Transient if it did not get through: send it again under the same key
   */
  async post(posting: Posting): Promise<Posted> {
    const { process, instance } = posting
    const { id, text } = this.#letter(posting)
    const deduplication = deduplicationOf(id, address(process, instance))
    const urls = await this.#mailboxesOf(process)
    await this.#sender.send(urls[shardOf(instance, urls.length)] as string, { id, body: text, group: instance, deduplication })
    return { id }
  }

  /**
   * Invokes the function of the process with the request, and waits for its answer for `timeoutMs` at most.
   * @throws Rejected if it can never be asked, Transient if no answer came: it may have run, so call again under the same key
   */
  async call(posting: Posting, timeoutMs: number): Promise<Answer> {
    const { process } = posting
    const { text } = this.#letter(posting)
    const named = this.#routes && routeTo(this.#routes, process).function
    return this.#lambda.call(named ?? resourceNames(this.#app, process, 'ordered').function, text, timeoutMs)
  }

  /** JSON text of what the instance last published. */
  view(process: string, instance: string, consistent: boolean): Promise<string | undefined> {
    return this.#views.read(process, demandInstanceId(instance), consistent)
  }

  /** What is not sent yet fails after one more try. */
  giveUp(): void {
    this.#sender.giveUp()
  }

  /** Waits for what is under way, then lets the connections go. */
  async close(): Promise<void> {
    await this.#sender.idle()
    this.#sqs.destroy()
    this.#dynamodb.destroy()
    this.#lambda.destroy()
  }

  #letter({ instance, type, body, key }: Posting): { readonly id: string; readonly text: string } {
    const id = key === undefined ? `${this.#from}/0/${this.#posted++}` : demandKey(key)
    const text = encoded({
      v: envelopeVersion,
      id,
      to: demandInstanceId(instance),
      type,
      body,
      at: Date.now(),
      // A message that a client names by its key has no sender: it may come again from anywhere.
      ...(key === undefined && { from: this.#from }),
      trace: id,
      hops: 0,
    })
    return { id, text }
  }

  async #mailboxesOf(process: string): Promise<readonly string[]> {
    if (this.#routes) return mailboxesOf(routeTo(this.#routes, process))
    let urls = this.#found.get(process)
    if (urls === undefined) {
      urls = this.#findMailboxes(process)
      this.#found.set(process, urls)
      // A failed search must not stand: the queue may be there the next time.
      urls.catch(() => this.#found.delete(process))
    }
    return urls
  }

  async #findMailboxes(process: string): Promise<readonly string[]> {
    const names = (['ordered', 'unordered'] as const).map((mailbox) => resourceNames(this.#app, process, mailbox).mailbox)
    for (const name of names) {
      const url = await this.#urlOf(name)
      if (url !== undefined) return this.#shardsOf(url)
    }
    throw new Misconfigured('not-found', `no queue ${names.join(' or ')}: deploy the app, or check app name, region and endpoint`)
  }

  async #urlOf(name: string): Promise<string | undefined> {
    try {
      return (await this.#sqs.at().send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl
    } catch (thrown) {
      const error = wrapped(thrown, `GetQueueUrl of ${name}`)
      if (error.code === 'not-found') return undefined
      throw error
    }
  }

  // The first queue's tag tells how many there are. Whoever may not read it sends to the first, which is slower and nothing worse.
  async #shardsOf(url: string): Promise<readonly string[]> {
    try {
      const { Tags = {} } = await this.#sqs.at(url).send(new ListQueueTagsCommand({ QueueUrl: url }))
      return shardNames(url, Number(Tags['gavotte:shards'] ?? 1))
    } catch (thrown) {
      const error = wrapped(thrown, `ListQueueTags of ${url}`)
      if (error.code === 'access-denied') return [url]
      throw error
    }
  }
}

const demandKey = (key: string): string => {
  if (key.length === 0 || key.length > keyLengthMax)
    throw new Rejected('illegal-key', `a key has 1 to ${keyLengthMax} characters, this one ${key.length}`)
  if (key.startsWith('~'))
    throw new Rejected(
      'illegal-key',
      `a key must not begin with ~ (got ${JSON.stringify(key)}): those ids are the framework’s own`,
    )
  return key
}

const encoded = (envelope: Envelope): string => {
  const text = toJson(envelope)
  const bytes = Buffer.byteLength(text)
  if (bytes <= messageBytesMax) return text
  throw new Rejected(
    'too-large',
    `${envelope.type} to ${envelope.to} has ${bytes} bytes; SQS takes ${messageBytesMax}: send a reference to what is large`,
  )
}

const toJson = (envelope: Envelope): string => {
  try {
    return encodeEnvelope(envelope)
  } catch (cause) {
    throw new Rejected(
      'not-json',
      `${envelope.type} to ${envelope.to}: its body cannot be written as JSON (${(cause as Error).message})`,
      { cause },
    )
  }
}
