// Merges sends into full batches, many at a time, and settles each caller with its own result (I4, I7).
import { type GavotteError, Misconfigured, Rejected, Transient } from '../core/errors.ts'
import { batchEntriesMax, messageBytesMax, sendRoundsMax } from '../core/limits.ts'
import type { Entry } from '../ports/mailbox.ts'
import { wrapped } from './errors.ts'
import { type FailedEntry, sendBatch } from './mailbox.ts'
import { isFifo } from './routes.ts'
import type { SqsClients } from './sqs-clients.ts'

/** Batches to one queue that are under way at once. */
const batchesMax = 32
/** Sends to one queue that may wait; beyond it a caller does not wait for its sends, and memory would fill. */
const waitingMax = 100_000
/** Before the second round; each later one waits four times as long, up to the most. */
const pauseMs = 100
const pauseMsMax = 2000

export interface SenderOptions {
  /** An entry is tried for at least so long, and in at least `sendRoundsMax` rounds, before it fails. Default 0. */
  readonly patienceMs?: number
  /** A round failed and another will follow. */
  readonly onRetry?: (error: GavotteError) => void
}

export class Sender {
  readonly #sqs: SqsClients
  readonly #options: SenderOptions
  readonly #lanes = new Map<string, Lane>()

  constructor(sqs: SqsClients, options: SenderOptions = {}) {
    this.#sqs = sqs
    this.#options = options
  }

  /**
   * Sends one entry. Sends of one tick share batches; entries of one group are sent one after another, in the order of the calls,
   * so that none is overtaken while it is tried again. An entry that failed for good lets the next of its group go.
   * @throws Rejected if SQS refuses the entry, Transient if it did not get through in several rounds; it may have been sent then
   */
  send(queueUrl: string, entry: Entry): Promise<void> {
    const lane = this.#lanes.get(queueUrl) ?? new Lane(this.#sqs, queueUrl, this.#options)
    this.#lanes.set(queueUrl, lane)
    return lane.send(entry)
  }

  /** What waits is tried once more at most. */
  giveUp(): void {
    for (const lane of this.#lanes.values()) lane.giveUp()
  }

  /** Resolves once nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.idle()))
  }
}

interface Waiting extends Entry {
  readonly bytes: number
  readonly settle: (error?: GavotteError) => void
  rounds: number
  /** When its first round failed, ms since 1970. */
  failingSince?: number
}
/** What waits for one group, in order; only its head may be under way. */
type Group = Waiting[]

/** The sends to one queue. */
class Lane {
  readonly #sqs: SqsClients
  readonly #url: string
  readonly #ordered: boolean
  readonly #options: SenderOptions
  /** Groups of a FIFO queue that have anything waiting or under way. */
  readonly #groups = new Map<string, Group>()
  /** Groups whose head may go now. */
  readonly #ready: Group[] = []
  readonly #onIdle: (() => void)[] = []
  #open = 0
  #batches = 0
  #flushing = false
  /** The queue was there once, so its absence may pass: a local cloud that starts again. */
  #known = false
  #givenUp = false

  constructor(sqs: SqsClients, url: string, options: SenderOptions) {
    this.#sqs = sqs
    this.#url = url
    this.#options = options
    this.#ordered = isFifo(url)
  }

  send(entry: Entry): Promise<void> {
    if (this.#open >= waitingMax) {
      throw new Transient('too-many-sends', `${waitingMax} sends to ${this.#url} wait already: await some before sending more`)
    }
    return new Promise((resolve, reject) => {
      this.#open++
      const settle = (error?: GavotteError): void => {
        this.#open--
        if (error) reject(error)
        else resolve()
        if (this.#open === 0) for (const done of this.#onIdle.splice(0)) done()
      }
      this.#enqueue({ ...entry, bytes: Buffer.byteLength(entry.body), rounds: 0, settle })
      this.#flushSoon()
    })
  }

  idle(): Promise<void> {
    return this.#open === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve))
  }

  giveUp(): void {
    this.#givenUp = true
  }

  #enqueue(waiting: Waiting): void {
    const group = this.#ordered ? this.#groups.get(waiting.group) : undefined
    if (group !== undefined) {
      group.push(waiting)
      return
    }
    const opened = [waiting]
    if (this.#ordered) this.#groups.set(waiting.group, opened)
    this.#ready.push(opened)
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      while (this.#batches < batchesMax && this.#ready.length > 0) void this.#run(this.#take())
    })
  }

  /** As many heads as one batch holds, of as many groups. */
  #take(): Group[] {
    let count = 0
    let bytes = 0
    for (const group of this.#ready) {
      bytes += headOf(group).bytes
      if (count === batchEntriesMax || (count > 0 && bytes > messageBytesMax)) break
      count++
    }
    return this.#ready.splice(0, count)
  }

  async #run(groups: Group[]): Promise<void> {
    this.#batches++
    const heads = groups.map(headOf)
    const failed = await this.#attempt(heads)
    this.#batches--
    groups.forEach((group, n) => {
      const head = heads[n] as Waiting
      const error = failed.get(head)
      if (error !== undefined && this.#mayPass(error) && !this.#isSpent(head)) this.#again(group, head, error)
      else this.#done(group, error)
    })
    this.#flushSoon()
  }

  #mayPass(error: GavotteError): boolean {
    return error instanceof Transient || (this.#known && error.code === 'not-found')
  }

  #isSpent(head: Waiting): boolean {
    const { patienceMs = 0 } = this.#options
    head.failingSince ??= Date.now()
    if (this.#givenUp) return true
    return ++head.rounds >= sendRoundsMax && Date.now() - head.failingSince >= patienceMs
  }

  async #attempt(heads: readonly Waiting[]): Promise<ReadonlyMap<Waiting, GavotteError>> {
    try {
      const { failed } = await sendBatch(this.#sqs.at(this.#url), this.#url, heads)
      this.#known = true
      return new Map(failed.map((one) => [one.entry, this.#errorOf(one)]))
    } catch (thrown) {
      const error = wrapped(thrown, `SendMessageBatch to ${this.#url}`)
      return new Map(heads.map((head) => [head, error]))
    }
  }

  #errorOf({ reason, lasting }: FailedEntry): GavotteError {
    if (/AccessDenied|NonExistentQueue|QueueDoesNotExist/.test(reason))
      return new Misconfigured('refused-by-queue', `${this.#url}: ${reason}`)
    return lasting
      ? new Rejected('refused-by-queue', `${this.#url}: ${reason}`)
      : new Transient('not-sent', `${this.#url}: ${reason}. Send it again: under the same key it is applied once`)
  }

  #again(group: Group, { rounds }: Waiting, error: GavotteError): void {
    this.#options.onRetry?.(error)
    const resume = (): void => {
      this.#ready.push(group)
      this.#flushSoon()
    }
    setTimeout(resume, Math.min(pauseMsMax, pauseMs * 4 ** (rounds - 1)))
  }

  #done(group: Group, error: GavotteError | undefined): void {
    const head = group.shift() as Waiting
    if (group.length > 0) this.#ready.push(group)
    else if (this.#ordered) this.#groups.delete(head.group)
    head.settle(error)
  }
}

const headOf = (group: Group): Waiting => group[0] as Waiting
