// One execution of a small world under a controlled scheduler: nothing happens but what it is told to choose, and time stands still.
//
// The runtime and core are the real ones, queues and tables the simulator's models, and the books are the simulator's ledger.
import type { Process } from '../../lib/core/definition.ts'
import { deduplicationOf } from '../../lib/core/digest.ts'
import { encodeEnvelope, envelopeVersion } from '../../lib/core/envelope.ts'
import { batchEntriesMax } from '../../lib/core/limits.ts'
import { parseAddress } from '../../lib/core/names.ts'
import { redriveType } from '../../lib/core/waits.ts'
import type { Entry, Queue } from '../../lib/ports/mailbox.ts'
import type { Cloud, CreateRuntime, Deployed } from '../../lib/sim/cloud.ts'
import { createFaults, noFaults } from '../../lib/sim/faults.ts'
import { violationsIn } from '../../lib/sim/invariants.ts'
import { createLedger } from '../../lib/sim/ledger.ts'
import { lookInto } from '../../lib/sim/look.ts'
import type { Message } from '../../lib/sim/message-book.ts'
import { attributesOf } from '../../lib/sim/ports.ts'
import { QueueModel } from '../../lib/sim/queue.ts'
import { createRandom } from '../../lib/sim/random.ts'
import { createRateBook } from '../../lib/sim/rate-book.ts'
import { noCalls, type Stage } from '../../lib/sim/stage.ts'
import { createTable } from '../../lib/sim/table.ts'
import { createTime } from '../../lib/sim/time.ts'
import { createTrace } from '../../lib/sim/trace.ts'
import type { States } from '../../lib/sim/world.ts'
import { type Budget, type Choice, createEnvironments, lifeOf, type Slot } from './exhaustive-environment.ts'
import { now } from './exhaustive-host.ts'
import { asText, sameNames, storedIn } from './exhaustive-state.ts'

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
  /** Where given, a person looks after what has failed for good. */
  readonly operator?: Operator
  /** What must hold at the end besides I1 to I8, over the states of all instances; each violation as a sentence. */
  readonly claims?: (states: States) => readonly string[]
}

/** A person who corrects the code, and redrives what has failed for good, at any moment after it has. */
export interface Operator {
  /** How often it is redriven; only the first time is of need. */
  readonly redrives: number
  /** Whether the code is correct: false at the beginning of each execution, true from the first redrive on. */
  isMended: boolean
}

/** The queues' clock goes on so far with each send where they are to forget what they were sent: past SQS's five minutes. */
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
    begin: (key: string, what?: 'flow') => {
      runs.push(key)
      return books.begin(key, what)
    },
  }
  const faults = createFaults(noFaults, random)
  const stage: Stage = {
    time,
    random,
    faults,
    rates: createRateBook(0, false),
    trace: createTrace(time, false),
    ledger,
    calls: noCalls(),
  }
  const { operator } = options
  let redrives = operator?.redrives ?? 0
  if (operator !== undefined) operator.isMended = false
  let queueNow = now
  const deployed = new Map(options.processes.map((process) => [process.contract.name, deploy(process)]))
  const slots = [...deployed.values()].flatMap((one) =>
    Array.from(
      { length: options.environmentsMax },
      (_, n): Slot => ({ name: `${one.name}-${n}`, deployed: one, generation: 0, life: undefined }),
    ),
  )

  const accept = ({ role, process }: Queue, entry: Entry, outside = false): void => {
    const { mailboxes, deadLetter, timers } = cloud.process(process)
    const model = { mailbox: mailboxes[0], deadLetter, timer: timers?.queue }[role] as QueueModel
    const { body, group, deduplication } = entry
    if (!options.deduplicates) queueNow += windowMs
    const { messageId } = model.send(
      { body, group, attributes: attributesOf(entry.attributes), ...(model.settings.fifo && { deduplication }) },
      queueNow,
    )
    if (role === 'deadLetter') ledger.deadLettered(process, entry)
    else ledger.accepted(process, entry, { messageId, sentAt: now, deduplication }, outside)
  }
  const cloud: Cloud = {
    process: (name) => deployed.get(name) as Deployed,
    processes: () => deployed.values(),
    accept,
    wrote: () => {},
    moveDeadLetters: () => {},
    demandUp: () => {},
    refuses: () => false,
  }
  for (const [queue, entry] of options.sends) accept(queue, entry, true)

  const { invoke, steps } = createEnvironments({
    stage,
    createRuntime: options.createRuntime,
    warm: options.warm,
    left,
    accept,
    queueNow: () => queueNow,
  })

  // What environments have in hand they have judged by the code of before or of after.
  const redrive = ({ id, receiver }: Message): void => {
    redrives -= 1
    if (operator !== undefined) operator.isMended = true
    for (const { life } of slots) life?.told.push('mended')
    const { process, instance: to } = parseAddress(receiver) as { readonly process: string; readonly instance: string }
    const said = `operator/${redrives}`
    const envelope = { v: envelopeVersion, id: said, to, type: redriveType, body: { id }, at: now, trace: said, hops: 0 } as const
    const entry = { id: '0', body: encodeEnvelope(envelope), group: to, deduplication: deduplicationOf(said, receiver) }
    accept({ role: 'mailbox', process }, entry, true)
  }
  const remedies = (): readonly Choice[] =>
    redrives === 0
      ? []
      : [...ledger.messages()]
          .filter((message) => ledger.kept(message).ever)
          .map((message) => ({ label: `the operator redrives ${message.id}`, act: () => redrive(message) }))

  const polls = ({ name, mailboxes, timers }: Deployed): readonly Choice[] => {
    const own = slots.filter(({ deployed, life }) => deployed.name === name && life?.batch === undefined)
    // Of environments that were never used one is as good as another.
    const vacant = own.find(({ life }) => life === undefined)
    const takers = own.filter((slot) => slot.life !== undefined || slot === vacant)
    return [...mailboxes, ...(timers === undefined ? [] : [timers.queue])].flatMap((queue) => {
      const { visible } = queue.counts(queueNow)
      if (!queue.isReceivable(queueNow)) return []
      return takers.flatMap((slot) =>
        (visible > 1 && options.splits ? [batchEntriesMax, 1] : [batchEntriesMax]).map((most) => ({
          label: `${slot.name} receives ${most === 1 ? 'one' : 'all'} of ${queue.settings.name}`,
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
      const first = groups.find(({ alone, choices }) => alone && choices.length > 0)
      return [...(first === undefined ? groups.flatMap(({ choices }) => choices) : first.choices), ...remedies()]
    },
    state: () => {
      const known = [...ledger.messages()].map((message) => {
        const { code, copied, round, how } = ledger.kept(message)
        return `${message.id} ${message.accepted > 0} ${message.applied} ${message.stashed} ${code} ${copied} ${round} ${how}`
      })
      // Of two environments it makes no difference which is which.
      const living = slots.map(({ deployed, life }) => `${deployed.name} ${life && asText(lifeOf(life))}`)
      const stored = [...deployed.values()].map((one) => storedIn(one, queueNow, options.deduplicates))
      return sameNames(asText([left, redrives, living.sort(), stored, known.sort()]), runs)
    },
    violations: (quiet) =>
      quiet ? [...violationsIn(stage, cloud), ...(options.claims?.(lookInto(cloud, stage).states()) ?? [])] : ledger.violations(),
  }
}

const deploy = (process: Process): Deployed => {
  const { name } = process.contract
  const fifo = process.deploy.mailbox === 'ordered'
  const queue = (queueName: string, isFifo = fifo): QueueModel => {
    let ids = 0
    return new QueueModel(
      { name: queueName, fifo: isFifo, visibilitySeconds, retentionSeconds },
      { newId: () => `${queueName}-${++ids}`, dice: () => 0.5 },
    )
  }
  const scheduler = { create: () => true, waiting: () => [] }
  const timers = process.deploy.timers && { queue: queue(`${name}-timer`, false), mapping: { wake: () => {} }, scheduler }
  return {
    name,
    process,
    mailboxes: [queue(name)],
    deadLetter: queue(`${name}-dlq`),
    table: createTable(),
    mappings: [],
    ...(timers && { timers }),
  }
}
