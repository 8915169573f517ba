// The cloud that a simulation runs on: for each process its queues, its table, its schedules, its event-source mappings and its execution environments.
import { visibilitySecondsOf } from '../core/backoff.ts'
import type { Answer } from '../core/call.ts'
import type { Process } from '../core/definition.ts'
import { deduplicationOf, shardOf } from '../core/digest.ts'
import { type Envelope, encodeEnvelope, envelopeVersion } from '../core/envelope.ts'
import { delaySecondsMax } from '../core/limits.ts'
import { address, groupOf } from '../core/names.ts'
import type { Entry, Queue } from '../ports/mailbox.ts'
import type { Item } from '../ports/store.ts'
import type { Host, Runtime } from '../runtime/host.ts'
import { type Caller, createCaller } from './calls.ts'
import { createEnvironment } from './environment.ts'
import { mendedBy } from './held.ts'
import { createMapping, type Mapping } from './mapping.ts'
import { createOperator } from './operator.ts'
import { createPool, type Launched, type Pool } from './pool.ts'
import { attributesOf, hostOf, lost } from './ports.ts'
import { probed } from './probe.ts'
import type { QueueModel } from './queue.ts'
import { createQueues } from './queues.ts'
import { createRollout } from './rollout.ts'
import type { Probe } from './runs.ts'
import { createScheduler, type SchedulerModel } from './scheduler.ts'
import type { Stage } from './stage.ts'
import { createTable, type TableModel } from './table.ts'

/** One process as it is deployed. */
export interface Deployed {
  readonly name: string
  readonly process: Process
  /** The queues of its mailbox in the order of the shards. */
  readonly mailboxes: readonly QueueModel[]
  readonly deadLetter: QueueModel
  readonly table: TableModel
  /** Of each queue of the mailbox. */
  readonly mappings: readonly Mapping[]
  /** Only where the process has timers. */
  readonly timers?: Timers
}

/** Where timers wait: a queue as a second event source, and schedules for what no queue holds so long. */
export interface Timers {
  readonly queue: QueueModel
  readonly mapping: Mapping
  readonly scheduler: SchedulerModel
}

export interface Cloud {
  readonly process: (name: string) => Deployed
  readonly processes: () => Iterable<Deployed>
  /** Puts a message on a queue, as SQS accepts it; one from `outside` needs no commit behind it. @throws SqsFault */
  readonly accept: (queue: Queue, entry: Entry, outside?: boolean) => void
  /** Hears of each item that an environment has written. */
  readonly wrote: (process: string, item: Item) => void
  /** Moves all dead letters of a process back to where they came from, or to its mailbox. */
  readonly moveDeadLetters: (process: string) => void
  /** @throws Transient while `resource` (`queue order`, `table order`, `timer order`, `scheduler order`) refuses everything */
  readonly demandUp: (resource: string) => void
  /** Whether `resource` (`queue order`, `timer order`) refuses whatever processes send, until somebody has mended it. */
  readonly refuses: (resource: string) => boolean
}

/** A cloud that runs by itself as time goes on. */
export interface LiveCloud extends Cloud {
  /** A direct call. @throws Transient if no answer came, however often it was asked */
  readonly ask: (process: string, request: Envelope) => Promise<Answer>
  /** Whether nothing is under way: what is left are timers that are not due. */
  readonly isAtRest: () => boolean
}

export type CreateRuntime = (process: Process, host: Host) => Runtime

export interface CloudOptions {
  readonly processes: readonly Process[]
  /** Code that was deployed before, of some of the processes: the fault `deploy` lets both run at once. */
  readonly earlier?: readonly Process[]
  readonly createRuntime: CreateRuntime
  /** Execution environments of one process at once, at least 1. */
  readonly environmentsMax: number
}

/** An outage begins within so long, and goes on for so long at most. */
const outageStartMsMax = 1_200_000
const outageMsMax = 900_000
/** A queue is refused from then on. */
const refusedStartMsMax = 600_000
/** A spurious second delivery comes at most this much later. */
const duplicateSecondsMax = 900

export const createCloud = (stage: Stage, options: CloudOptions): LiveCloud => {
  const { time, faults, random, ledger } = stage
  const { processes, createRuntime, environmentsMax, earlier = [] } = options
  const duplicates = random.stream('duplicates')
  const outages = drawOutages(stage, processes)
  const refusals = drawRefusals(stage, processes)
  const deployed = new Map<string, Deployed>()
  const functions = new Map<string, { readonly pool: Pool; readonly ask: Caller }>()
  const moves = new Map<string, () => void>()
  let asking = 0

  const deploy = (process: Process): Deployed => {
    const { name } = process.contract
    const wake = (): void => {
      for (const mapping of mappings) mapping.wake()
      if (timer?.isReceivable(time.now())) own.timers?.mapping.wake()
    }
    const { mailboxes, deadLetter, timer, reordered, redrive } = createQueues(stage, process, wake)
    moves.set(name, redrive)
    const rollout = createRollout(
      stage,
      process,
      earlier.find(({ contract }) => contract.name === name),
    )
    const launch = (number: number): Launched => {
      const environment = createEnvironment(stage, {
        name: `${name}-${number}`,
        timeoutMs: process.deploy.timeoutSeconds * 1000,
        visibilityMs: visibilitySecondsOf(process.deploy) * 1000,
      })
      const probe: Probe = { environment: environment.name, ends: new Map(), die: () => environment.kill('handler') }
      const site = { stage, cloud, deployed: own, environment, probe }
      const code = rollout.code()
      const runtime = createRuntime(probed(code, stage, probe), hostOf(site))
      return { environment, runtime, outdated: () => rollout.isOutdated(code) }
    }
    const pool = createPool(stage, { name, environmentsMax, launch })
    functions.set(name, { pool, ask: createCaller(stage, { name, pool, freed: wake }) })
    const mappingOf = (queue: QueueModel): Mapping =>
      createMapping(stage, {
        name,
        queue,
        reordered: reordered.has(queue),
        pool,
        concurrency: process.deploy.concurrency,
        freed: wake,
      })
    const mappings = mailboxes.map(mappingOf)
    const scheduler = createScheduler(stage, name, ({ id, body }) => {
      cloud.demandUp(`timer ${name}`)
      const { to } = JSON.parse(body) as Envelope
      accept({ role: 'timer', process: name }, { id: '0', body, group: to, deduplication: id })
    })
    const timers = timer && { queue: timer, mapping: mappingOf(timer), scheduler }
    const lingers = ({ pk, sk }: Item): boolean => faults.strikes('lateTtl', `${name} ${pk} ${sk}`)
    const table = createTable(lingers)
    const own: Deployed = { name, process, mailboxes, deadLetter, table, mappings, ...(timers && { timers }) }
    return own
  }

  const accept = (queue: Queue, entry: Entry, outside = false): void => {
    const to = cloud.process(queue.process)
    const { shard = 0 } = queue
    const model = { mailbox: to.mailboxes[shard], deadLetter: to.deadLetter, timer: to.timers?.queue }[queue.role]
    if (model === undefined) throw new RangeError(`${queue.process} has no ${queue.role} queue ${shard}`)
    const { fifo } = model.settings
    const { body, group, deduplication, delaySeconds: delay = 0 } = entry
    const message = {
      body,
      group: groupOf(group, fifo),
      attributes: attributesOf(entry.attributes),
      ...(fifo && { deduplication }),
    }
    const take = (delaySeconds: number): void => {
      const { messageId } = model.send({ ...message, ...(delaySeconds > 0 && { delaySeconds }) }, time.now())
      if (queue.role === 'deadLetter') ledger.deadLettered(queue.process, entry)
      else ledger.accepted(queue.process, entry, { messageId, sentAt: time.now(), ...(fifo && { deduplication }) }, outside)
    }
    take(delay)
    if (queue.role === 'deadLetter') return
    if (!fifo && faults.strikes('duplicate', address(queue.process, group))) {
      faults.bit('duplicate')
      take(Math.min(delaySecondsMax, delay + duplicates.int(duplicateSecondsMax)))
    }
    if (queue.role === 'timer') to.timers?.mapping.wake()
    else to.mappings[shard]?.wake()
  }

  const cloud: LiveCloud = {
    process: (name) => {
      const found = deployed.get(name)
      if (found === undefined) throw new Error(`no process "${name}" in this world: it has ${[...deployed.keys()].join(', ')}`)
      return found
    },
    processes: () => deployed.values(),
    accept,
    wrote: createOperator(stage, {
      move: (process) => cloud.moveDeadLetters(process),
      tell: (process, instance, { type, id, body }) =>
        accept(...controlOf(cloud.process(process), instance, { type, id, body, at: time.now() }), true),
    }),
    moveDeadLetters: (process) => moves.get(process)?.(),
    demandUp: (resource) => {
      const outage = outages.get(resource)
      if (outage === undefined || !faults.active() || time.now() < outage.from || time.now() >= outage.to) return
      if (!outage.bit) faults.bit('outage')
      outage.bit = true
      throw lost('outage')
    },
    refuses: (resource) => {
      const refusal = refusals.get(resource)
      if (refusal === undefined || time.now() < refusal.from || faults.isMended(mendedBy(resource))) return false
      // Once nothing goes wrong any more, what is broken stays so, and nothing else breaks.
      if (!refusal.bit && !faults.active()) return false
      if (!refusal.bit) faults.bit('refused')
      refusal.bit = true
      return true
    },
    ask: async (process, request) => {
      asking += 1
      try {
        cloud.process(process)
        return await (functions.get(process) as { readonly ask: Caller }).ask(request)
      } finally {
        asking -= 1
      }
    },
    isAtRest: () =>
      asking === 0 &&
      ![...functions.values()].some(({ pool }) => pool.isBusy()) &&
      [...deployed.values()].every(({ mailboxes, timers }) => {
        const left = timers?.queue.counts(time.now())
        return mailboxes.every((queue) => isEmpty(queue, time.now())) && (left?.visible ?? 0) + (left?.inFlight ?? 0) === 0
      }),
  }
  for (const process of processes) deployed.set(process.contract.name, deploy(process))
  return cloud
}

const isEmpty = (queue: QueueModel, now: number): boolean => {
  const { visible, inFlight, delayed } = queue.counts(now)
  return visible + inFlight + delayed === 0
}

interface Outage extends Refusing {
  readonly to: number
}

/** A queue that refuses all from then on; `bit`: it has refused something. */
interface Refusing {
  readonly from: number
  bit: boolean
}

const drawRefusals = ({ random, faults, time }: Stage, processes: readonly Process[]): ReadonlyMap<string, Refusing> => {
  const resources = processes.flatMap(({ contract: { name }, deploy }) => [
    `queue ${name}`,
    ...(deploy.timers ? [`timer ${name}`] : []),
  ])
  const struck = resources.filter((resource) => faults.strikes('refused', resource))
  return new Map(
    struck.map((resource) => {
      const from = time.now() + random.stream(`refused ${resource}`).int(refusedStartMsMax)
      return [resource, { from, bit: false }]
    }),
  )
}

/** A control message, and the queue that it goes to. */
const controlOf = (
  { name, mailboxes }: Deployed,
  to: string,
  { id, type, body, at }: { readonly id: string; readonly type: string; readonly body: object; readonly at: number },
): readonly [Queue, Entry] => {
  const text = encodeEnvelope({ v: envelopeVersion, id, to, type, body, at, trace: id, hops: 0 })
  const queue = { role: 'mailbox', process: name, shard: shardOf(to, mailboxes.length) } as const
  return [queue, { id: '0', body: text, group: to, deduplication: deduplicationOf(id, address(name, to)) }]
}

const drawOutages = ({ random, faults, time }: Stage, processes: readonly Process[]): ReadonlyMap<string, Outage> => {
  const resources = processes.flatMap(({ contract: { name }, deploy }) => [
    `queue ${name}`,
    `table ${name}`,
    ...(deploy.timers ? [`timer ${name}`, `scheduler ${name}`] : []),
  ])
  const struck = resources.filter((resource) => faults.strikes('outage', resource))
  return new Map(
    struck.map((resource) => {
      const stream = random.stream(`outage ${resource}`)
      const from = time.now() + stream.int(outageStartMsMax)
      return [resource, { from, to: from + stream.int(outageMsMax), bit: false }]
    }),
  )
}
