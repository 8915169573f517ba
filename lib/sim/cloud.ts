// The cloud that a simulation runs on: for each process its queues, its table, its event-source mapping and its execution environments.
import type { Process } from '../core/definition.ts'
import { address, resourceNames, shardName } from '../core/names.ts'
import type { Entry, Queue } from '../ports/mailbox.ts'
import type { Host, Runtime } from '../runtime/host.ts'
import { createEnvironment } from './environment.ts'
import { createMapping, type Mapping } from './mapping.ts'
import { createPool, type Launched } from './pool.ts'
import { attributesOf, hostOf, lost } from './ports.ts'
import { type Probe, probed } from './probe.ts'
import { QueueModel } from './queue.ts'
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
}

export interface Cloud {
  readonly process: (name: string) => Deployed
  readonly processes: () => Iterable<Deployed>
  /** Puts a message on a queue, as SQS accepts it; one from `outside` needs no commit behind it. @throws SqsFault */
  readonly accept: (queue: Queue, entry: Entry, outside?: boolean) => void
  /** @throws Transient while `resource` (`queue order`, `table order`) refuses everything */
  readonly demandUp: (resource: string) => void
}

export type CreateRuntime = (process: Process, host: Host) => Runtime

export interface CloudOptions {
  readonly processes: readonly Process[]
  readonly createRuntime: CreateRuntime
  /** Execution environments of one process at once, at least 1. */
  readonly environmentsMax: number
}

const day = 24 * 3600
/** Retention: 7 days in a mailbox, 14 in a dead-letter queue, SQS's longest. */
const retentionSeconds = { mailbox: 7 * day, deadLetter: 14 * day } as const
const receivesMax = 1000
/** An outage begins within so long, and goes on for so long at most. */
const outageStartMsMax = 1_200_000
const outageMsMax = 900_000
/** A spurious second delivery comes at most this much later. */
const duplicateSecondsMax = 900

export const createCloud = (stage: Stage, { processes, createRuntime, environmentsMax }: CloudOptions): Cloud => {
  const { time, faults, random, ledger } = stage
  const duplicates = random.stream('duplicates')
  const outages = drawOutages(stage, processes)
  const deployed = new Map<string, Deployed>()

  const deploy = (process: Process): Deployed => {
    const { name } = process.contract
    const fifo = process.deploy.mailbox === 'ordered'
    const names = resourceNames('sim', name, process.deploy.mailbox)
    const visibilitySeconds = 6 * process.deploy.timeoutSeconds
    const queue = (
      queueName: string,
      seconds: number,
      redrive?: { maxReceiveCount: number; deadLetter: QueueModel },
    ): QueueModel => {
      let ids = 0
      const newId = (): string => {
        ids += 1
        return `${queueName}-${ids}`
      }
      const chance = { newId, dice: random.stream(`queue ${queueName}`).next }
      const settings = { name: queueName, fifo, visibilitySeconds, retentionSeconds: seconds, ...(redrive && { redrive }) }
      return new QueueModel(settings, chance, { shuffle: true })
    }
    const deadLetter = queue(names.deadLetter, retentionSeconds.deadLetter)
    const redrive = { maxReceiveCount: receivesMax, deadLetter }
    const mailboxes = Array.from({ length: process.deploy.shards }, (_, shard) =>
      queue(shardName(names.mailbox, shard), retentionSeconds.mailbox, redrive),
    )
    const launch = (number: number): Launched => {
      const environment = createEnvironment(stage, {
        name: `${name}-${number}`,
        timeoutMs: process.deploy.timeoutSeconds * 1000,
        visibilityMs: visibilitySeconds * 1000,
      })
      const probe: Probe = { ends: new Map(), die: () => environment.kill('handler') }
      const site = { stage, cloud, deployed: own, environment, probe }
      return { environment, runtime: createRuntime(probed(process, stage, probe), hostOf(site)) }
    }
    const pool = createPool(stage, { name, environmentsMax, launch })
    const freed = (): void => {
      for (const mapping of mappings) mapping.wake()
    }
    const mappings = mailboxes.map((mailbox) => createMapping(stage, { name, queue: mailbox, pool, freed }))
    const own: Deployed = { name, process, mailboxes, deadLetter, table: createTable(), mappings }
    return own
  }

  const accept = (queue: Queue, entry: Entry, outside = false): void => {
    const to = cloud.process(queue.process)
    const { shard = 0 } = queue
    const model = queue.role === 'mailbox' ? to.mailboxes[shard] : to.deadLetter
    if (model === undefined) throw new RangeError(`${queue.process} has no shard ${shard}`)
    const { fifo } = model.settings
    const { body, group, deduplication } = entry
    const message = { body, group, attributes: attributesOf(entry.attributes), ...(fifo && { deduplication }) }
    const take = (delaySeconds: number): void => {
      const { messageId } = model.send({ ...message, ...(delaySeconds > 0 && { delaySeconds }) }, time.now())
      if (queue.role === 'deadLetter') ledger.deadLettered(queue.process, entry)
      else ledger.accepted(queue.process, entry, { messageId, sentAt: time.now(), ...(fifo && { deduplication }) }, outside)
    }
    take(0)
    if (queue.role === 'deadLetter') return
    if (!fifo && faults.strikes('duplicate', address(queue.process, group))) {
      faults.bit('duplicate')
      take(duplicates.int(duplicateSecondsMax))
    }
    to.mappings[shard]?.wake()
  }

  const cloud: Cloud = {
    process: (name) => {
      const found = deployed.get(name)
      if (found === undefined) throw new Error(`no process "${name}" in this world: it has ${[...deployed.keys()].join(', ')}`)
      return found
    },
    processes: () => deployed.values(),
    accept,
    demandUp: (resource) => {
      const outage = outages.get(resource)
      if (outage === undefined || !faults.active() || time.now() < outage.from || time.now() >= outage.to) return
      if (!outage.bit) faults.bit('outage')
      outage.bit = true
      throw lost('outage')
    },
  }
  for (const process of processes) deployed.set(process.contract.name, deploy(process))
  return cloud
}

interface Outage {
  readonly from: number
  readonly to: number
  bit: boolean
}

const drawOutages = ({ random, faults, time }: Stage, processes: readonly Process[]): ReadonlyMap<string, Outage> => {
  const resources = processes.flatMap(({ contract }) => [`queue ${contract.name}`, `table ${contract.name}`])
  const struck = resources.filter((resource) => faults.strikes('outage', resource))
  return new Map(
    struck.map((resource) => {
      const stream = random.stream(`outage ${resource}`)
      const from = time.now() + stream.int(outageStartMsMax)
      return [resource, { from, to: from + stream.int(outageMsMax), bit: false }]
    }),
  )
}
