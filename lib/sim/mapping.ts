// An event-source mapping: it receives batches of a mailbox or a timer queue, invokes the function with them, and deletes what was not returned.
//
// What is returned, or was in an invocation that failed, stays until its visibility ends. A throttle burns a receive of every message.
import type { Outcome } from './environment.ts'
import type { FaultClass } from './faults.ts'
import type { Launched, Pool } from './pool.ts'
import type { QueueModel } from './queue.ts'
import type { MessageAttributes, ReceivedMessage } from './queue-message.ts'
import type { Stage } from './stage.ts'

export interface Mapping {
  /** Something may have become receivable. */
  readonly wake: () => void
}

export interface MappingOptions {
  readonly name: string
  /** One queue of the mailbox, or the timer queue. */
  readonly queue: QueueModel
  /** Whether the fault plan has the queue keep no order where it promises none. */
  readonly reordered: boolean
  readonly pool: Pool
  /** Invocations that it has under way at most (ScalingConfig, MaximumConcurrency). */
  readonly concurrency: number | undefined
  /** An environment has become free. */
  readonly freed: () => void
}

/** Lambda's batch for FIFO queues, and its default for standard ones. */
const batchMax = 10
const pollMs = { least: 1, most: 30 } as const
/** A receive that comes late comes at most this much later. */
const lateMsMax = 300_000
const deleteMs = { least: 5, most: 20 } as const

export const createMapping = (stage: Stage, options: MappingOptions): Mapping => {
  const { name, queue, reordered, pool, concurrency = Number.POSITIVE_INFINITY, freed } = options
  const { time, faults, trace, calls, ledger } = stage
  const random = stage.random.stream(`mapping ${queue.settings.name}`)
  // Why a message will come again, by its id: when the first of them does, the fault has bitten.
  const blame = new Map<string, { readonly fault: FaultClass; bit: boolean }>()
  let pollAt = Number.POSITIVE_INFINITY

  // Until when the queue hands out nothing, and the number of the newest message that it handed out.
  let lateUntil = 0
  let newest = 0
  let underWay = 0
  const hasRoom = (): boolean => underWay < concurrency && pool.hasRoom()

  const pollIn = (soonest: number): void => {
    const instant = Math.max(soonest, lateUntil)
    if (instant >= pollAt) return
    pollAt = instant
    time.at(instant, () => {
      // A nearer one took its place.
      if (pollAt !== instant) return
      pollAt = Number.POSITIVE_INFINITY
      poll()
    })
  }
  const wake = (): void => pollIn(time.now() + random.between(pollMs.least, pollMs.most))

  const comesAgain = (messageId: string): void => {
    const blamed = blame.get(messageId)
    if (blamed === undefined) return
    blame.delete(messageId)
    if (!blamed.bit) faults.bit(blamed.fault)
    blamed.bit = true
  }

  const noteOrder = ({ messageId, receiveCount }: ReceivedMessage): void => {
    const number = Number(messageId.slice(messageId.lastIndexOf('-') + 1))
    if (reordered && receiveCount === 1 && number < newest) faults.bit('reordered')
    newest = Math.max(newest, number)
  }

  const poll = (): void => {
    if (hasRoom() && queue.isReceivable(time.now()) && faults.strikes('late', queue.settings.name)) {
      lateUntil = time.now() + random.int(lateMsMax)
      return pollIn(lateUntil)
    }
    while (hasRoom()) {
      const messages = queue.receive(batchMax, time.now())
      if (messages.length === 0) break
      calls.receives += 1
      for (const message of messages) {
        comesAgain(message.messageId)
        noteOrder(message)
      }
      if (faults.strikes('throttle', messages[0]?.messageId)) throttle(messages)
      else start(pool.acquire(), messages)
    }
    const next = queue.nextVisibleAt(time.now())
    if (next !== undefined) pollIn(next)
  }

  const throttle = (messages: readonly ReceivedMessage[]): void => {
    trace.note('throttled', name, messages.length)
    const blamed = { fault: 'throttle' as const, bit: false }
    for (const { messageId, receipt } of messages) {
      blame.set(messageId, blamed)
      queue.changeVisibility(receipt, random.int(60), time.now())
    }
  }

  const start = ({ environment, runtime }: Launched, messages: readonly ReceivedMessage[]): void => {
    calls.invocations += 1
    underWay += 1
    trace.note('invokes', environment.name, ...messages.map(({ messageId }) => messageId))
    const deliveries = messages.map((message) => ({
      ...message,
      source: queue.settings.name,
      ...(isDeadLetter(message.attributes) && { redriven: true }),
    }))
    environment.invoke(
      (deadline) => runtime.receive({ deliveries, deadline }),
      (outcome) => {
        trace.note('ends', environment.name, outcome.kind)
        underWay -= 1
        acknowledge(messages, outcome)
        freed()
      },
    )
  }

  const acknowledge = (
    messages: readonly ReceivedMessage[],
    outcome: Outcome<{ readonly returned: readonly string[] }>,
  ): void => {
    if (outcome.kind === 'failed') {
      if (outcome.fault === undefined) return
      const blamed = { fault: outcome.fault, bit: false }
      for (const { messageId } of messages) blame.set(messageId, blamed)
      return
    }
    const returned = new Set(outcome.value.returned)
    const settled = messages.filter(({ messageId }) => !returned.has(messageId))
    if (settled.length === 0) return
    for (const { body, messageId } of settled) {
      if (!ledger.isSettled(messageId))
        ledger.violation('I1', `${name} acknowledged ${messageId} before it was applied or kept: ${body.slice(0, 200)}`)
    }
    calls.deletes += 1
    time.after(random.between(deleteMs.least, deleteMs.most), () => {
      for (const { messageId, receipt } of settled) {
        if (faults.strikes('deleteLost', messageId)) blame.set(messageId, { fault: 'deleteLost', bit: false })
        else queue.remove(receipt, time.now())
      }
      wake()
    })
  }

  return { wake }
}

// What the runtime writes on a dead letter goes with it when it is moved back.
const isDeadLetter = ({ reason, id }: MessageAttributes): boolean => reason !== undefined && id !== undefined
