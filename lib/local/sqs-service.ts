// SQS without a transport: actions by name over queues that are kept on disk, and the same queues for whoever lives in this
// process.
import { randomUUID } from 'node:crypto'
import type { Clock } from '../ports/host.ts'
import { type ReceivedMessage, SqsFault } from '../sim/queue-message.ts'
import type { QueueChance } from '../sim/queue-settings.ts'
import { checkAttributes, type QueueAttributes, withDefaults } from './sqs-attributes.ts'
import type { Input, Output } from './sqs-input.ts'
import { messageActions } from './sqs-message-actions.ts'
import { MoveTasks } from './sqs-moves.ts'
import { queueActions } from './sqs-queue-actions.ts'
import { SqsQueues } from './sqs-queues.ts'

/** What an action works on. */
export interface SqsDesk {
  readonly queues: SqsQueues
  readonly moves: MoveTasks
  readonly clock: Clock
}

/** What of a request is not its input. */
export interface SqsCall {
  /** Begins queue URLs, e.g. `http://127.0.0.1:4566`. */
  readonly origin: string
  /** Stands in ARNs. */
  readonly region: string
  /** Aborted when the client has gone away. */
  readonly signal?: AbortSignal
}

export type SqsActions = { readonly [action: string]: (desk: SqsDesk, input: Input, call: SqsCall) => Output | Promise<Output> }

const actions: SqsActions = { ...queueActions, ...messageActions }

export interface SqsOptions {
  /** The system's unless given. */
  readonly clock?: Clock
  /** Random unless given. */
  readonly chance?: QueueChance
}

export class SqsService {
  readonly #desk: SqsDesk

  private constructor(desk: SqsDesk) {
    this.#desk = desk
  }

  /**
   * Opens the queues of a folder. One process at a time may have it: the caller sees to that.
   * @param folder made if it is not there; undefined: nothing outlives the process
   * @throws Misconfigured if what is there is damaged
   */
  static open(folder: string | undefined, { clock = systemClock, chance = systemChance }: SqsOptions = {}): SqsService {
    const queues = new SqsQueues(clock, chance, folder)
    return new SqsService({ queues, moves: new MoveTasks(queues, clock), clock })
  }

  /**
   * Does one action of the API; resolves when what it changed outlives the process.
   * @param action e.g. `SendMessage`
   * @param input as the JSON protocol has it
   * @throws SqsFault
   */
  async handle(action: string, input: Input, call: SqsCall): Promise<Output> {
    const act = Object.hasOwn(actions, action) ? actions[action] : undefined
    if (act === undefined) throw new SqsFault('UnsupportedOperation', `The action ${action} is not valid for this endpoint.`)
    try {
      return await act(this.#desk, input, call)
    } finally {
      await this.#desk.queues.settled()
    }
  }

  /** Makes the queue, or gives the one that is there these attributes. @throws SqsFault */
  ensureQueue(name: string, attributes: QueueAttributes = {}, tags: Readonly<Record<string, string>> = {}): void {
    const { queues } = this.#desk
    const { FifoQueue = 'false', ...others } = attributes
    const fifo = FifoQueue === 'true'
    checkAttributes(others, fifo)
    const known = queues.find(name)
    if (known === undefined) {
      queues.create(name, withDefaults(others, fifo), tags)
      return
    }
    if (Object.entries(others).some(([key, value]) => known.entry.attributes[key] !== value)) queues.change(known, others)
    if (Object.entries(tags).some(([key, value]) => known.entry.tags[key] !== value))
      queues.tag(known, { ...known.entry.tags, ...tags })
  }

  /** As ReceiveMessage, at once. @throws SqsFault */
  receive(queueName: string, max: number, visibilitySeconds?: number): ReceivedMessage[] {
    return this.#desk.queues.get(queueName).model.receive(max, this.#desk.clock.now(), visibilitySeconds)
  }

  /** As DeleteMessage. @returns whether the message is gone */
  delete(queueName: string, receipt: string): boolean {
    return this.#desk.queues.get(queueName).model.remove(receipt, this.#desk.clock.now())
  }

  /** As ChangeMessageVisibility. @throws SqsFault */
  changeVisibility(queueName: string, receipt: string, seconds: number): 'changed' | 'not-in-flight' | 'unknown-receipt' {
    return this.#desk.queues.get(queueName).model.changeVisibility(receipt, seconds, this.#desk.clock.now())
  }

  /** @throws SqsFault if there is no such queue */
  counts(queueName: string): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    return this.#desk.queues.get(queueName).model.counts(this.#desk.clock.now())
  }

  /** Resolves when the queue has a message to receive or is deleted, at `untilMs` (ms since 1970) at the latest. */
  waitForMessages(queueName: string, untilMs: number): Promise<void> {
    return this.#desk.queues.waitForMessages(queueName, untilMs)
  }

  /** Lets go of the folder; whoever waits returns. */
  async close(): Promise<void> {
    this.#desk.moves.close()
    this.#desk.queues.close()
  }
}

/** Of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    return { elapsed: promise, cancel: () => clearTimeout(timer) }
  },
}

const systemChance: QueueChance = { newId: () => randomUUID(), dice: () => Math.random() }
