// One execution of a small world under a controlled scheduler: nothing happens but what it is told to choose, and time stands still.
//
// The runtime and core are the real ones, queues and tables the simulator's models, and the books are the simulator's ledger. A step is
// one call of one environment, performed and answered at once: what an environment does between two calls nobody else can see, so a
// crash anywhere is a crash between two of its calls.
import type { Process } from '../../lib/core/definition.ts'
import { Transient } from '../../lib/core/errors.ts'
import { batchEntriesMax } from '../../lib/core/limits.ts'
import type { Entry, Queue } from '../../lib/ports/mailbox.ts'
import type { Runtime } from '../../lib/runtime/host.ts'
import type { Cloud, CreateRuntime, Deployed } from '../../lib/sim/cloud.ts'
import { createFaults, noFaults } from '../../lib/sim/faults.ts'
import { violationsIn } from '../../lib/sim/invariants.ts'
import { createLedger } from '../../lib/sim/ledger.ts'
import { type Probe, probed } from '../../lib/sim/probe.ts'
import { QueueModel } from '../../lib/sim/queue.ts'
import type { ReceivedMessage } from '../../lib/sim/queue-message.ts'
import { createRandom } from '../../lib/sim/random.ts'
import { noCalls, type Stage } from '../../lib/sim/stage.ts'
import { createTable } from '../../lib/sim/table.ts'
import { createTime } from '../../lib/sim/time.ts'
import { createTrace } from '../../lib/sim/trace.ts'
import { type Caller, type CallFault, hostOf, now } from './exhaustive-host.ts'
import { asText, sameNames, storedIn } from './exhaustive-state.ts'

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

export interface SmallWorld {
  /** What can happen next, always in the same order; nothing once the world is quiet. */
  readonly choices: () => readonly Choice[]
  /** What tells this state from others: the same text means the same future. */
  readonly state: () => string
  /** Violations that show so far; all of them once the world is quiet. */
  readonly violations: (quiet: boolean) => readonly string[]
}

export interface SmallWorldOptions {
  readonly processes: readonly Process[]
  readonly createRuntime: CreateRuntime
  readonly budget: Budget
  /** Environments of one process at once. */
  readonly environmentsMax: number
  /** Whether a receive may bring one message where more are there. */
  readonly splits: boolean
  /** Whether environments are used again, with what they have in their caches. */
  readonly warm: boolean
  /** Whether a queue still knows what it was sent before: then it swallows what is sent again. */
  readonly deduplicates: boolean
  readonly sends: readonly (readonly [Queue, Entry])[]
}

/** A call that an environment waits for. */
interface Call {
  readonly label: string
  readonly fault: CallFault | 'delete lost'
  readonly perform: () => unknown
  readonly settle: (answer: { readonly value: unknown } | { readonly thrown: unknown }) => void
}

/** A place for an environment: one that died leaves it to the next. */
interface Slot {
  readonly name: string
  readonly deployed: Deployed
  /** Counts environments that left something by which they could be told from the next. */
  generation: number
  life: Life | undefined
}

/** An environment while it lives. */
interface Life {
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

/** So far the queues' clock goes on with each send where they are to forget what they were sent: past SQS's five minutes. */
const windowMs = 301_000
const visibilitySeconds = 43_200
const retentionSeconds = 14 * 24 * 3600

export const createSmallWorld = (options: SmallWorldOptions): SmallWorld => {
  const left = { ...options.budget }
  const ordered = new Set(
    options.processes.filter(({ deploy }) => deploy.mailbox === 'ordered').map(({ contract }) => contract.name),
  )
  const random = createRandom(1)
  const time = createTime(now)
  const runs: string[] = []
  const books = createLedger((process) => ordered.has(process))
  const ledger = {
    ...books,
    begin: (key: string) => {
      runs.push(key)
      return books.begin(key)
    },
  }
  const faults = createFaults(noFaults, random)
  const stage: Stage = { time, random, faults, trace: createTrace(time, false), ledger, calls: noCalls() }
  let queueNow = now
  const deployed = new Map(options.processes.map((process) => [process.contract.name, deploy(process)]))
  const slots = [...deployed.values()].flatMap((one) =>
    Array.from(
      { length: options.environmentsMax },
      (_, n): Slot => ({ name: `${one.name}-${n}`, deployed: one, generation: 0, life: undefined }),
    ),
  )

  const accept = ({ role, process }: Queue, entry: Entry, outside = false): void => {
    const { mailboxes, deadLetter } = cloud.process(process)
    const model = role === 'mailbox' ? (mailboxes[0] as QueueModel) : deadLetter
    const { body, group, deduplication } = entry
    if (!options.deduplicates) queueNow += windowMs
    const { messageId } = model.send({ body, group, ...(model.settings.fifo && { deduplication }) }, queueNow)
    if (role === 'deadLetter') ledger.deadLettered(process, entry)
    else ledger.accepted(process, entry, { messageId, sentAt: now, deduplication }, outside)
  }
  const cloud: Cloud = {
    process: (name) => deployed.get(name) as Deployed,
    processes: () => deployed.values(),
    accept,
    demandUp: () => {},
  }
  for (const [queue, entry] of options.sends) accept(queue, entry, true)

  const launch = (slot: Slot): Life => {
    const { process } = slot.deployed
    const probe: Probe = { ends: new Map(), die: () => {} }
    const call: Caller = (label, fault, perform) =>
      new Promise((resolve, reject) => {
        const settle: Call['settle'] = (answer) => ('value' in answer ? resolve(answer.value as never) : reject(answer.thrown))
        life.calls.push({ label, fault, perform, settle })
      })
    const nonce = (): string => `${slot.name}.${slot.generation}.${++life.nonces}`
    const host = hostOf({ deployed: slot.deployed, ledger, probe, accept, call, nonce })
    const life: Life = {
      runtime: options.createRuntime(probed(process, stage, probe), host),
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
    const messages = queue.receive(batchMax, queueNow)
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
    if (!options.warm) leave(slot, life)
  }
  const leave = (slot: Slot, { nonces }: Life): void => {
    if (nonces > 0) slot.generation += 1
    slot.life = undefined
  }
  const show = (batch: Batch): void => {
    for (const { receipt } of batch.shown ? [] : batch.messages) batch.queue.changeVisibility(receipt, 0, queueNow)
    batch.shown = true
  }
  const acknowledge = (name: string, { queue, messages }: Batch, returned: ReadonlySet<string>): void => {
    for (const { messageId, receipt, body } of messages) {
      if (returned.has(messageId)) queue.changeVisibility(receipt, 0, queueNow)
      else if (ledger.isSettled(messageId)) queue.remove(receipt, queueNow)
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

  const polls = ({ name, mailboxes }: Deployed): readonly Choice[] => {
    const own = slots.filter(({ deployed, life }) => deployed.name === name && life?.batch === undefined)
    // Of environments that were never used one is as good as another.
    const vacant = own.find(({ life }) => life === undefined)
    const takers = own.filter((slot) => slot.life !== undefined || slot === vacant)
    return mailboxes.flatMap((queue) => {
      const { visible } = queue.counts(queueNow)
      if (!queue.isReceivable(queueNow)) return []
      return takers.flatMap((slot) =>
        (visible > 1 && options.splits ? [batchEntriesMax, 1] : [batchEntriesMax]).map((most) => ({
          label: `${slot.name} receives ${most === 1 ? 'one' : 'all'}`,
          act: () => invoke(slot, queue, most),
        })),
      )
    })
  }

  // What only this process can see or change need not be ordered among what others do: nothing that they do next matters to it.
  const undisturbed = ({ name }: Deployed, own: readonly Slot[]): boolean => {
    const spoken = options.processes.some(({ uses }) => uses.some((used) => used.name === name))
    const [busy, ...more] = own.flatMap(({ life }) => (life?.batch === undefined ? [] : [life]))
    return (
      !spoken ||
      (ordered.has(name) &&
        busy !== undefined &&
        more.length === 0 &&
        !busy.batch?.shown &&
        !busy.calls.some(({ fault }) => fault === 'delete lost'))
    )
  }

  return {
    choices: () => {
      const groups = [...deployed.values()].map((one) => {
        const own = slots.filter((slot) => slot.deployed === one)
        const sends = own.some(({ life }) => life?.calls.some(({ label }) => label.includes(' to mailbox ')))
        return { alone: !sends && undisturbed(one, own), choices: [...own.flatMap(steps), ...polls(one)] }
      })
      return (
        groups.find(({ alone, choices }) => alone && choices.length > 0) ?? { choices: groups.flatMap(({ choices }) => choices) }
      ).choices
    },
    state: () => {
      const known = [...ledger.messages()].map((message) => {
        const { code, copied } = ledger.kept(message)
        return `${message.id} ${message.accepted > 0} ${message.applied} ${code} ${copied}`
      })
      // Of two environments it makes no difference which is which.
      const living = slots.map(({ deployed, life }) => `${deployed.name} ${life && asText(lifeOf(life))}`)
      const stored = [...deployed.values()].map((one) => storedIn(one, queueNow, options.deduplicates))
      return sameNames(asText([left, living.sort(), stored, known.sort()]), runs)
    },
    violations: (quiet) => (quiet ? violationsIn(stage, cloud) : ledger.violations()),
  }
}

const lifeOf = ({ told, calls, batch }: Life) => ({
  told,
  calls: calls.map(({ label }) => label),
  batch: batch && { shown: batch.shown, ids: batch.messages.map(({ messageId }) => messageId) },
})

const deploy = (process: Process): Deployed => {
  const { name } = process.contract
  const fifo = process.deploy.mailbox === 'ordered'
  const queue = (queueName: string): QueueModel => {
    let ids = 0
    return new QueueModel(
      { name: queueName, fifo, visibilitySeconds, retentionSeconds },
      { newId: () => `${queueName}-${++ids}`, dice: () => 0.5 },
    )
  }
  return { name, process, mailboxes: [queue(name)], deadLetter: queue(`${name}-dlq`), table: createTable(), mappings: [] }
}
