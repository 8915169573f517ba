// Message move tasks: a dead-letter queue's messages go back, some at a time, while everything else goes on.
import { randomUUID } from 'node:crypto'
import type { Clock } from '../ports/host.ts'
import { invalid, SqsFault } from '../sim/queue-message.ts'
import type { LocalQueue, SqsQueues } from './sqs-queues.ts'

type MoveStatus = 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED'

export interface MoveTask {
  readonly handle: string
  readonly source: string
  readonly sourceArn: string
  readonly destinationArn?: string
  readonly perSecond?: number
  /** Ms since 1970. */
  readonly startedAt: number
  readonly toMove: number
  moved: number
  status: MoveStatus
  failure?: string
}

export interface MoveRequest {
  readonly source: LocalQueue
  readonly sourceArn: string
  /** Where all go; without, each goes to the queue that gave it up. */
  readonly destination?: LocalQueue
  readonly destinationArn?: string
  /** 1 to 500. */
  readonly perSecond?: number
}

const turnSize = 100
const keptMax = 10

/** Tasks live as long as the process: what one had not moved when the process ended stays where it was. */
export class MoveTasks {
  readonly #queues: SqsQueues
  readonly #clock: Clock
  #tasks: MoveTask[] = []

  constructor(queues: SqsQueues, clock: Clock) {
    this.#queues = queues
    this.#clock = clock
  }

  /** @throws SqsFault */
  start({ source, sourceArn, destination, destinationArn, perSecond }: MoveRequest): MoveTask {
    const { name } = source.entry
    if (this.#queues.sourcesOf(name).length === 0) throw invalid('Source queue must be configured as a Dead Letter Queue.')
    if (destination !== undefined && destination.model.settings.fifo !== source.model.settings.fifo) {
      throw invalid('Source queue and destination queue must be of the same type.')
    }
    // StartMessageMoveTask: "Only one active message movement task is supported per queue at any given time."
    if (this.of(name).some(({ status }) => status === 'RUNNING')) {
      throw new SqsFault(
        'UnsupportedOperation',
        'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
      )
    }
    const startedAt = this.#clock.now()
    const task: MoveTask = {
      handle: Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn })).toString('base64'),
      source: name,
      sourceArn,
      startedAt,
      toMove: source.model.counts(startedAt).visible,
      moved: 0,
      status: 'RUNNING',
      ...(destinationArn !== undefined && { destinationArn }),
      ...(perSecond !== undefined && { perSecond }),
    }
    this.#tasks = [task, ...this.of(name).slice(0, keptMax - 1), ...this.#tasks.filter((other) => other.source !== name)]
    void this.#run(task, source, destination)
    return task
  }

  /** Newest first. ListMessageMoveTasks: "the most recent message movement tasks (up to 10) under a specific source queue." */
  of(name: string): readonly MoveTask[] {
    return this.#tasks.filter(({ source }) => source === name)
  }

  /**
   * CancelMessageMoveTask: "A message movement can only be cancelled when the current status is RUNNING. Cancelling a message
   * movement task does not revert the messages that have already been moved."
   * @throws SqsFault ResourceNotFoundException
   */
  cancel(handle: string): MoveTask {
    const task = this.#tasks.find((one) => one.handle === handle && one.status === 'RUNNING')
    if (task === undefined) throw new SqsFault('ResourceNotFoundException', 'Task does not exist.')
    task.status = 'CANCELLED'
    return task
  }

  /** Stops all. */
  close(): void {
    for (const task of this.#tasks) if (task.status === 'RUNNING') task.status = 'CANCELLED'
  }

  async #run(task: MoveTask, source: LocalQueue, destination: LocalQueue | undefined): Promise<void> {
    const pauseMs = task.perSecond === undefined ? 0 : 1000 / task.perSecond
    while (task.status === 'RUNNING') {
      try {
        if (this.#queues.get(task.source) !== source) throw new SqsFault('QueueDoesNotExist', 'The source queue was deleted.')
        this.#turn(task, source, destination)
        await this.#clock.after(pauseMs).elapsed
      } catch (thrown) {
        task.status = 'FAILED'
        task.failure = thrown instanceof SqsFault ? thrown.code : String(thrown)
      }
    }
  }

  #turn(task: MoveTask, source: LocalQueue, destination: LocalQueue | undefined): void {
    const target = (gaveUp: string | undefined) => this.#queues.find(destination?.entry.name ?? gaveUp ?? '')?.model
    for (let n = 0; n < (task.perSecond === undefined ? turnSize : 1); n += 1) {
      const step = source.model.moveOne(target, this.#clock.now())
      if (step === 'moved') task.moved += 1
      else {
        task.status = step === 'empty' ? 'COMPLETED' : 'FAILED'
        // SQS's word for a message that was sent to the dead-letter queue directly, which only a task with a destination can move.
        if (step === 'no-target') task.failure = 'CouldNotDetermineMessageSource'
        return
      }
    }
  }
}
