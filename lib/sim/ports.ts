// The ports of one environment on the models: every call takes virtual time, and may fail, be lost on its way, or lose its answer.
import { Refused, Transient } from '../core/errors.ts'
import { batchEntriesMax, messageBytesMax } from '../core/limits.ts'
import { address } from '../core/names.ts'
import { recordSk } from '../core/record.ts'
import { noMeter } from '../ports/host.ts'
import type { Entry, Mailbox, Queue, Refusal } from '../ports/mailbox.ts'
import type { Schedule, Scheduler } from '../ports/scheduler.ts'
import type { Condition, Item, PutResult, Store, Views } from '../ports/store.ts'
import type { Host } from '../runtime/host.ts'
import type { Cloud, Deployed } from './cloud.ts'
import type { Environment } from './environment.ts'
import { type FaultClass, faultClasses } from './faults.ts'
import { type MessageAttributes, messageBytes, SqsFault } from './queue-message.ts'
import type { Probe } from './runs.ts'
import type { Stage } from './stage.ts'

/** What the ports of one environment stand on. */
export interface Site {
  readonly stage: Stage
  readonly cloud: Cloud
  readonly deployed: Deployed
  readonly environment: Environment
  readonly probe: Probe
}

export const hostOf = (site: Site): Host => {
  const { environment } = site
  const { trace, ledger } = site.stage
  return {
    store: storeOf(site),
    mailbox: mailboxOf(site),
    views: viewsOf(site),
    clock: {
      now: environment.now,
      after: (ms) => {
        let cancelled = false
        const elapsed = new Promise<void>((resolve) => environment.later(ms, () => cancelled || resolve()))
        return {
          elapsed,
          cancel: () => {
            cancelled = true
          },
        }
      },
    },
    ids: {
      nonce: () =>
        `${environment.name}.${environment.random.int(2 ** 32).toString(16)}.${environment.random.int(2 ** 32).toString(16)}`,
      dice: environment.random.next,
    },
    meter: noMeter,
    // An event of its own: every promise settles between one event and the next.
    turn: () => new Promise((resolve) => environment.later(0, resolve)),
    scheduler: schedulerOf(site),
    log: {
      write: (level, message, fields = {}) => {
        trace.note('logs', environment.name, level, message)
        trace.remark(() => JSON.stringify(fields))
        // An error that is no message's fate is a broken invariant.
        if (level === 'error' && fields.code === undefined)
          ledger.violation('defect', `${environment.name}: ${message} ${JSON.stringify(fields)}`)
      },
    },
  }
}

// Made once each: a stack for every planned fault would cost more than the rest of the call.
const errors = new Map(faultClasses.map((fault) => [fault, new Transient('network', `planned: ${fault}`)]))
export const lost = (fault: FaultClass): Transient => errors.get(fault) as Transient

const gone = new Refused('not-found', 'planned: the queue is gone')

/** As the AWS SDK does by default: three attempts in all. */
const attemptsMax = 3
/** A client gives up before its last attempt this often: the process must bear a lost answer as well as a repeated call. */
const givesUp = 0.3

const persistently = async <T>({ random }: Environment, attempt: () => Promise<T>): Promise<T> => {
  for (let n = 1; ; n += 1) {
    try {
      return await attempt()
    } catch (thrown) {
      if (thrown instanceof Refused || n === attemptsMax || random.chance(givesUp)) throw thrown
    }
  }
}

const storeOf = ({ stage, cloud, deployed, environment, probe }: Site): Store => {
  const { calls, faults, trace, ledger, time } = stage
  const { name, table } = deployed
  // In which invocation a record was last read or written here: one that is refused later was cached.
  const touched = new Map<string, number>()
  const touch = (pk: string): void => void touched.set(pk, environment.invocations())
  const forget = (pk: string): void => void probe.ends.delete(address(name, pk))
  const demandUp = (fault: FaultClass): void => {
    cloud.demandUp(`table ${name}`)
    if (faults.strikes(fault, environment.name)) throw lost(fault)
  }

  const refused = ({ pk }: Item): void => {
    calls.refused += 1
    const last = touched.get(pk)
    if (last !== undefined && last < environment.invocations()) faults.bit('staleCache')
  }
  const put = (item: Item, condition: Condition | undefined): PutResult => {
    calls.writes += 1
    demandUp('writeLostBefore')
    const ended = probe.ends.get(address(name, item.pk))
    const now = time.now()
    const before = table.get(item.pk, item.sk, now)
    const result = table.put(item, condition, now)
    trace.note('puts', environment.name, item.pk, item.sk, String(item.attributes.version ?? ''), result.kind)
    if (result.kind === 'written') {
      ledger.written(name, { item, before, table, ended }, now)
      cloud.wrote(name, item)
    } else refused(item)
    if (item.sk === recordSk) forget(item.pk)
    touch(item.pk)
    if (faults.strikes('writeLostAfter', environment.name)) {
      if (result.kind === 'written') faults.bit('writeLostAfter')
      throw lost('writeLostAfter')
    }
    return result
  }

  return {
    get: (pk, sk) =>
      environment.request(() => {
        calls.reads += 1
        demandUp('readLost')
        if (sk === recordSk) {
          forget(pk)
          touch(pk)
        }
        trace.note('gets', environment.name, pk, sk)
        return table.get(pk, sk, time.now())
      }),
    put: (item, condition) => persistently(environment, () => environment.request(() => put(item, condition))),
    getMany: (pk, sks) =>
      environment.request(() => {
        calls.reads += sks.length
        demandUp('readLost')
        trace.note('gets', environment.name, pk, sks.length)
        return sks.flatMap((sk) => table.get(pk, sk, time.now()) ?? [])
      }),
    range: async function* (pk, from, to, { reverse } = {}) {
      yield* await environment.request(() => {
        calls.queries += 1
        demandUp('readLost')
        trace.note('ranges', environment.name, pk, from)
        return table.range(pk, from, to, time.now(), reverse)
      })
    },
    remove: (pk, sk) =>
      environment.request(() => {
        calls.writes += 1
        demandUp('writeLostBefore')
        trace.note('removes', environment.name, pk, sk)
        ledger.removed(name, pk, sk)
        table.remove(pk, sk)
        if (faults.strikes('writeLostAfter', environment.name)) throw lost('writeLostAfter')
      }),
  }
}

const viewsOf = ({ stage, cloud, environment }: Site): Views => ({
  read: (process, instance) =>
    environment.request(() => {
      const { calls, faults, time } = stage
      calls.viewReads += 1
      cloud.demandUp(`table ${process}`)
      if (faults.strikes('readLost', environment.name)) throw lost('readLost')
      const { table } = cloud.process(process)
      const current = table.get(instance, recordSk, time.now())?.attributes.view
      const shown = faults.strikes('staleView', environment.name)
        ? table.getStale(instance, recordSk, time.now())?.attributes.view
        : current
      if (shown !== current) faults.bit('staleView')
      return shown as string | undefined
    }),
})

const resourceOf = ({ role, process }: Queue): string => `${role === 'timer' ? 'timer' : 'queue'} ${process}`

const mailboxOf = ({ stage, cloud, deployed, environment }: Site): Mailbox => {
  const { calls, faults, trace, ledger, time } = stage

  /** @returns SQS's reason, if it refuses the entry */
  const accept = (queue: Queue, entry: Entry): string | undefined => {
    if (queue.role === 'timer' && queue.process !== deployed.name)
      ledger.violation('I3', `${deployed.name} put a timer on the queue of ${queue.process}`)
    try {
      cloud.accept(queue, entry)
      calls.sent += 1
      return undefined
    } catch (thrown) {
      if (!(thrown instanceof SqsFault)) throw thrown
      ledger.violation('I8', `${queue.process} refused an entry: ${thrown.message}`)
      return thrown.code
    }
  }

  const refusalOf = (queue: Queue, entry: Entry): readonly (readonly [string, Refusal])[] => {
    const reason = faults.strikes('sendPartial', environment.name) ? 'InternalError' : accept(queue, entry)
    return reason === undefined ? [] : [[entry.id, { reason, lasting: false }]]
  }

  const refuse = (queue: Queue, entries: readonly Entry[]): ReadonlyMap<string, Refusal> | undefined => {
    const { role, process } = queue
    if (role === 'deadLetter' || !cloud.refuses(resourceOf(queue))) return undefined
    trace.note('refuses', environment.name, role, process, entries.length)
    for (const { body } of entries) ledger.refused(process, body)
    // A queue that is gone refuses the batch, another each entry.
    if (environment.random.chance(0.5)) throw gone
    return new Map(entries.map(({ id }) => [id, { reason: gone.message, lasting: true }]))
  }

  const send = (queue: Queue, entries: readonly Entry[]): ReadonlyMap<string, Refusal> => {
    calls.sends += 1
    cloud.demandUp(resourceOf(queue))
    const refused = refuse(queue, entries)
    if (refused !== undefined) return refused
    if (faults.strikes('sendLostBefore', environment.name)) throw lost('sendLostBefore')
    const bytes = entries.reduce((sum, { body, attributes }) => sum + messageBytes(body, attributesOf(attributes)), 0)
    if (entries.length < 1 || entries.length > batchEntriesMax || bytes > messageBytesMax) {
      ledger.violation('I8', `a batch of ${entries.length} entries and ${bytes} bytes was sent to ${queue.process}`)
      throw new Transient('queue', 'BatchRequestTooLong')
    }
    const failed = new Map(entries.flatMap((entry) => refusalOf(queue, entry)))
    trace.note('sends', environment.name, queue.role, queue.process, entries.length, failed.size)
    if (faults.strikes('sendLostAfter', environment.name)) {
      if (failed.size < entries.length) faults.bit('sendLostAfter')
      throw lost('sendLostAfter')
    }
    return failed
  }

  return {
    shards: (process) => cloud.process(process).mailboxes.length,
    send: (queue, entries) => persistently(environment, () => environment.request(() => send(queue, entries))),
    hide: (deliveries) =>
      environment.request(() => {
        calls.hides += 1
        if (faults.strikes('hideLost', environment.name)) return
        for (const { receipt, seconds, source } of deliveries) {
          const shard = deployed.mailboxes.findIndex(({ settings }) => settings.name === source)
          const { queue, mapping } =
            shard === -1 ? (deployed.timers ?? {}) : { queue: deployed.mailboxes[shard], mapping: deployed.mappings[shard] }
          queue?.changeVisibility(receipt, seconds, time.now())
          mapping?.wake()
        }
      }),
  }
}

const schedulerOf = ({ stage, cloud, deployed, environment }: Site): Scheduler => {
  const { calls, faults, trace, ledger } = stage
  const { name, timers } = deployed
  const create = (schedule: Schedule): void => {
    calls.schedules += 1
    cloud.demandUp(`scheduler ${name}`)
    if (cloud.refuses(`timer ${name}`)) {
      trace.note('refuses', environment.name, 'scheduler', name)
      ledger.refused(name, schedule.body)
      throw gone
    }
    if (faults.strikes('sendLostBefore', environment.name)) throw lost('sendLostBefore')
    if (timers === undefined) throw new RangeError(`${name} has no timer queue`)
    const { id, at, body } = schedule
    const made = timers.scheduler.create(schedule)
    trace.note('schedules', environment.name, id, at, String(made))
    ledger.scheduled(name, id, body)
    if (faults.strikes('sendLostAfter', environment.name)) {
      faults.bit('sendLostAfter')
      throw lost('sendLostAfter')
    }
  }
  return { schedule: (schedule) => persistently(environment, () => environment.request(() => create(schedule))) }
}

export const attributesOf = (attributes: Entry['attributes']): MessageAttributes =>
  Object.fromEntries(Object.entries(attributes ?? {}).map(([name, stringValue]) => [name, { dataType: 'String', stringValue }]))
