// The queues of one process as a simulation has them: its mailbox, spread over shards, its timer queue, and its dead-letter queue with the person who
// redrives it.
//
// Where the fault plan asks for it, a mailbox forgets after minutes, or gives a message up after a few receives. The ledger hears of both:
// the first is the one exception to I1, the second the one to I4.
import { visibilitySecondsOf } from '../core/backoff.ts'
import type { Process } from '../core/definition.ts'
import { resourceNames, shardName } from '../core/names.ts'
import { QueueModel } from './queue.ts'
import type { QueueChange } from './queue-change.ts'
import { contentOf, type MessageAttributes, type StoredMessage } from './queue-message.ts'
import type { QueueSettings } from './queue-settings.ts'
import type { Stage } from './stage.ts'

export interface Queues {
  /** In the order of the shards. */
  readonly mailboxes: readonly QueueModel[]
  readonly deadLetter: QueueModel
  /** Standard, whatever the mailbox is; only where the process has timers. */
  readonly timer: QueueModel | undefined
  /** Queues that keep no order where they promise none. */
  readonly reordered: ReadonlySet<QueueModel>
  /** Moves all dead letters back, as a person does in the console. */
  readonly redrive: () => void
}

const day = 24 * 3600
/** Retention: 7 days in a mailbox, 14 in a dead-letter queue, SQS's longest; and of one that forgets. */
const retentionSeconds = { mailbox: 7 * day, deadLetter: 14 * day, short: { least: 60, most: 400 } } as const
/** Receives before SQS gives a message up, and where the fault plan makes it few. */
const receives = { most: 1000, few: { least: 2, most: 6 } } as const
/** When a person redrives what SQS gave up: past the five minutes in which a FIFO queue would swallow it. */
const redriveMs = { least: 360_000, most: 3_600_000 } as const

/** @param wake something was redriven: the mailbox may have become receivable */
export const createQueues = (stage: Stage, process: Process, wake: () => void): Queues => {
  const { time, random, faults, ledger } = stage
  const { name } = process.contract
  const { mailbox, shards, timers } = process.deploy
  const names = resourceNames('sim', name, mailbox)
  const reordered = new Set<QueueModel>()
  let redriving = false

  const queue = (
    settings: Pick<QueueSettings, 'name' | 'retentionSeconds' | 'redrive'> & Partial<Pick<QueueSettings, 'fifo'>>,
    heard?: (change: QueueChange) => void,
  ) => {
    const shuffle = faults.strikes('reordered', settings.name)
    let ids = 0
    const newId = (): string => {
      ids += 1
      return `${settings.name}-${ids}`
    }
    const model = new QueueModel(
      { fifo: mailbox === 'ordered', ...settings, visibilitySeconds: visibilitySecondsOf(process.deploy) },
      { newId, dice: random.stream(`queue ${settings.name}`).next },
      { shuffle, ...(heard !== undefined && { changed: heard }) },
    )
    if (shuffle) reordered.add(model)
    return model
  }

  const origin = (source: string | undefined): QueueModel | undefined =>
    mailboxes.find(({ settings }) => settings.name === source) ?? mailboxes[0]
  const redrive = (): void => {
    redriving = true
    while (deadLetter.moveOne(origin, time.now()) === 'moved');
    redriving = false
    wake()
  }
  // By hand, what SQS gave up and nothing else: a copy that comes back sets going what stands still, again and again.
  const pick = (): void => {
    const held = [...deadLetter.record(time.now())].flatMap((change) => (change.kind === 'stored' ? [change.message] : []))
    redriving = true
    for (const message of held.filter(({ attributes }) => !isCopy(attributes))) {
      origin(message.deadLetterSource)?.send(contentOf(message), time.now())
      deadLetter.apply({ kind: 'removed', ordinal: message.ordinal })
    }
    redriving = false
    wake()
  }
  const deadLetter = queue({ name: names.deadLetter, retentionSeconds: retentionSeconds.deadLetter }, (change) => {
    if (change.kind !== 'stored' || change.message.deadLetterSource === undefined) return
    faults.bit('givenUp')
    ledger.givenUp(change.message.id)
    // A redrive that is given up is not redriven for its own sake: what it is about has a dead letter besides.
    if (isCopy(change.message.attributes)) return
    time.after(redriveMs.least + random.stream(change.message.id).int(redriveMs.most - redriveMs.least), pick)
  })

  const arrived = ({ id, body, group = '', deduplication, sentAt }: StoredMessage): void => {
    const carrier = { messageId: id, sentAt, ...(deduplication !== undefined && { deduplication }) }
    ledger.accepted(name, { id: '0', body, group, deduplication: deduplication ?? id }, carrier, true)
  }
  const mailboxQueue = (shard: number): QueueModel => {
    const queueName = shardName(names.mailbox, shard)
    const chance = random.stream(`settings ${queueName}`)
    const few = faults.strikes('givenUp', queueName)
    const short = faults.strikes('retention', queueName)
    const maxReceiveCount = few ? chance.between(receives.few.least, receives.few.most) : receives.most
    const seconds = short ? chance.between(retentionSeconds.short.least, retentionSeconds.short.most) : retentionSeconds.mailbox
    const held = new Map<number, string>()
    const forget = (ordinal: number): void => {
      const id = held.get(ordinal)
      if (id === undefined) return
      held.delete(ordinal)
      if (!ledger.isSettled(id)) faults.bit('retention')
      ledger.expired(id)
    }
    const model = queue({ name: queueName, retentionSeconds: seconds, redrive: { maxReceiveCount, deadLetter } }, (change) => {
      if (change.kind === 'removed') held.delete(change.ordinal)
      if (change.kind !== 'stored') return
      const { ordinal, id } = change.message
      if (redriving) arrived(change.message)
      if (!short) return
      held.set(ordinal, id)
      time.after(seconds * 1000, () => forget(ordinal))
    })
    return model
  }
  const mailboxes = Array.from({ length: shards }, (_, shard) => mailboxQueue(shard))
  const timer = timers ? queue({ name: names.timer, fifo: false, retentionSeconds: retentionSeconds.mailbox }) : undefined
  return { mailboxes, deadLetter, timer, reordered, redrive }
}

/** Whether the runtime put it on the dead-letter queue, and not SQS. */
const isCopy = (attributes: MessageAttributes = {}): boolean => attributes.reason !== undefined
