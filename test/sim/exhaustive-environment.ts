// The environments of a small world: what each can do next, and what may befall it.
//
// A step is one call of one environment, performed and answered at once: what an environment does between two calls nobody else can see,
// so a crash anywhere is a crash between two of its calls.
import { Transient } from '../../lib/core/errors.ts'
import type { Entry, Queue } from '../../lib/ports/mailbox.ts'
import type { Runtime } from '../../lib/runtime/host.ts'
import type { CreateRuntime, Deployed } from '../../lib/sim/cloud.ts'
import { probed } from '../../lib/sim/probe.ts'
import type { QueueModel } from '../../lib/sim/queue.ts'
import type { ReceivedMessage } from '../../lib/sim/queue-message.ts'
import type { Probe } from '../../lib/sim/runs.ts'
import type { Stage } from '../../lib/sim/stage.ts'
import { type Caller, type CallFault, hostOf, now } from './exhaustive-host.ts'

/** How often what may go wrong in one execution. */
export interface Budget {
  /** An environment dies. */
  readonly crashes: number
  /** Messages are shown again while an environment has them (a zombie), or although they were acknowledged (a delete that was lost). */
  readonly redeliveries: number
  /** A write or a send happens, and its answer is lost. */
  readonly losses: number
}

/** Something that can happen next. */
export interface Choice {
  readonly label: string
  readonly act: () => void
}

/** A call that an environment waits for. */
interface Call {
  readonly label: string
  readonly fault: CallFault | 'delete lost'
  readonly perform: () => unknown
  readonly settle: (answer: { readonly value: unknown } | { readonly thrown: unknown }) => void
}

/** A place for an environment: one that died leaves it to the next. */
export interface Slot {
  readonly name: string
  readonly deployed: Deployed
  /** Counts environments that left something by which they could be told from the next. */
  generation: number
  life: Life | undefined
}

/** An environment while it lives. */
export interface Life {
  readonly runtime: Runtime
  nonces: number
  /** What it was invoked with, while it is busy. */
  batch: Batch | undefined
  calls: Call[]
  /** What it was told so far: with its code that is all it can know. */
  readonly told: unknown[]
  /** What it did last in this invocation. */
  last: 'nothing' | 'read' | 'effect'
}

interface Batch {
  readonly queue: QueueModel
  readonly messages: readonly ReceivedMessage[]
  /** The messages are shown to others already. */
  shown: boolean
}

/** What environments stand on. */
interface Ground {
  readonly stage: Stage
  readonly createRuntime: CreateRuntime
  /** Whether environments are used again, with what they have in their caches. */
  readonly warm: boolean
  /** What may still go wrong. */
  readonly left: { -readonly [B in keyof Budget]: Budget[B] }
  readonly accept: (queue: Queue, entry: Entry) => void
  /** The queues' clock. */
  readonly queueNow: () => number
}

/** How environments are started and what they can do. */
export interface Environments {
  readonly invoke: (slot: Slot, queue: QueueModel, batchMax: number) => void
  readonly steps: (slot: Slot) => readonly Choice[]
}

export const createEnvironments = (ground: Ground): Environments => {
  const { stage, createRuntime, warm, left, accept, queueNow } = ground
  const { ledger } = stage
  const launch = (slot: Slot): Life => {
    const { process } = slot.deployed
    const probe: Probe = { environment: slot.deployed.name, ends: new Map(), die: () => {} }
    const call: Caller = (label, fault, perform) =>
      new Promise((resolve, reject) => {
        const settle: Call['settle'] = (answer) => ('value' in answer ? resolve(answer.value as never) : reject(answer.thrown))
        life.calls.push({ label, fault, perform, settle })
      })
    const nonce = (): string => `${slot.name}.${slot.generation}.${++life.nonces}`
    const host = hostOf({ deployed: slot.deployed, ledger, probe, accept, call, nonce })
    const life: Life = {
      runtime: createRuntime(probed(process, stage, probe), host),
      nonces: 0,
      batch: undefined,
      calls: [],
      told: [],
      last: 'nothing',
    }
    return life
  }

  const invoke = (slot: Slot, queue: QueueModel, batchMax: number): void => {
    slot.life ??= launch(slot)
    const { life } = slot
    const messages = queue.receive(batchMax, queueNow())
    const batch = { queue, messages, shown: false }
    life.batch = batch
    life.last = 'nothing'
    life.told.push(messages.map(({ messageId, receiveCount, body }) => [messageId, receiveCount > 1, body]))
    const end = (returned: ReadonlySet<string>): void => {
      const settle = (): void => rest(slot, life)
      life.calls.push({
        label: 'acknowledges',
        fault: 'delete lost',
        perform: () => acknowledge(slot.name, batch, returned),
        settle,
      })
    }
    life.runtime.receive({ deliveries: messages, deadline: now + 30_000 }).then(
      ({ returned }) => end(new Set(returned)),
      (thrown: unknown) => {
        ledger.failedInvocation(slot.name, thrown)
        end(new Set(messages.map(({ messageId }) => messageId)))
      },
    )
  }
  const rest = (slot: Slot, life: Life): void => {
    life.batch = undefined
    if (!warm) leave(slot, life)
  }
  const leave = (slot: Slot, { nonces }: Life): void => {
    if (nonces > 0) slot.generation += 1
    slot.life = undefined
  }
  const show = (batch: Batch): void => {
    for (const { receipt } of batch.shown ? [] : batch.messages) batch.queue.changeVisibility(receipt, 0, queueNow())
    batch.shown = true
  }
  const acknowledge = (name: string, { queue, messages }: Batch, returned: ReadonlySet<string>): void => {
    for (const { messageId, receipt, body } of messages) {
      if (returned.has(messageId)) queue.changeVisibility(receipt, 0, queueNow())
      else if (ledger.isSettled(messageId)) queue.remove(receipt, queueNow())
      else ledger.violation('I1', `${name} acknowledged ${messageId} before it was applied or kept: ${body}`)
    }
  }

  const crash = (slot: Slot, life: Life, batch: Batch): void => {
    left.crashes -= 1
    show(batch)
    leave(slot, life)
  }
  const answer = (life: Life, { perform, settle, fault }: Call): void => {
    const value = perform()
    life.last = fault === 'answer lost' ? 'effect' : 'read'
    life.told.push(value)
    settle({ value })
  }
  const loseAnswer = (life: Life, { perform, settle }: Call): void => {
    left.losses -= 1
    perform()
    life.last = 'effect'
    life.told.push('lost')
    settle({ thrown: new Transient('network', 'planned') })
  }
  const loseDelete = (slot: Slot, life: Life, batch: Batch): void => {
    left.redeliveries -= 1
    show(batch)
    life.told.push('lost')
    rest(slot, life)
  }

  const steps = (slot: Slot): readonly Choice[] => {
    const { life, name } = slot
    if (life?.batch === undefined) return []
    const { batch } = life
    const choice = (label: string, possible: boolean, act: () => void): readonly Choice[] =>
      possible ? [{ label: `${name} ${label}`, act }] : []
    const answers = (call: Call): readonly Choice[] => {
      const { label, fault } = call
      const take = (act: (life: Life, call: Call) => void) => (): void => {
        life.calls = life.calls.filter((one) => one !== call)
        act(life, call)
      }
      return [
        ...choice(label, true, take(answer)),
        ...choice(`${label}: the answer is lost`, fault === 'answer lost' && left.losses > 0, take(loseAnswer)),
        ...choice(
          `${label}: lost`,
          fault === 'delete lost' && left.redeliveries > 0,
          take(() => loseDelete(slot, life, batch)),
        ),
      ]
    }
    return [
      ...life.calls.flatMap(answers),
      // Who dies after a read leaves what it would have left before it; who is taken for dead early may still be so late.
      ...choice('dies', left.crashes > 0 && life.last !== 'read', () => crash(slot, life, batch)),
      ...choice('is taken for dead', left.redeliveries > 0 && life.last === 'nothing' && !batch.shown, () => {
        left.redeliveries -= 1
        show(batch)
      }),
    ]
  }
  return { invoke, steps }
}

/** An environment as far as it makes a difference. */
export const lifeOf = ({ told, calls, batch }: Life) => ({
  told,
  calls: calls.map(({ label }) => label),
  batch: batch && { shown: batch.shown, ids: batch.messages.map(({ messageId }) => messageId) },
})
