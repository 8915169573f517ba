// EventBridge Scheduler of the local cloud: one-time schedules on its own clock, kept on disk, each fired at least once and then
// deleted.
import type { Clock } from '../ports/host.ts'
import { FileJournal, type Journal, noJournal } from './journal.ts'
import { RestFault } from './rest.ts'

/** A schedule that is to be. */
export interface NewSchedule {
  readonly group: string
  readonly name: string
  /** When it fires, ms since 1970. */
  readonly at: number
  readonly target: ScheduleTarget
}
/** By the names that AWS uses: the queue, the role to send with, and the body. */
export interface ScheduleTarget {
  readonly Arn: string
  readonly RoleArn: string
  readonly Input: string
}
export interface LocalSchedule extends NewSchedule {
  /** Ms since 1970. */
  readonly createdAt: number
}

type SchedulerEntry =
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'gone-group'; readonly name: string }
  | { readonly kind: 'schedule'; readonly schedule: LocalSchedule }
  | { readonly kind: 'gone'; readonly group: string; readonly name: string }

export interface SchedulerOptions {
  /** Made if it is not there; undefined: nothing outlives the process. */
  readonly folder: string | undefined
  readonly clock: Clock
  /** Sends to a queue; resolves once the message outlives the process. */
  readonly send: (queueArn: string, body: string) => Promise<void>
}

/** After a send that failed. AWS tries for a day and then drops the schedule; here it is kept until its queue is there. */
const retryMs = 5000
/** How long it sleeps at most before it looks again. */
const napMsMax = 60_000
/** Sent at once where many are due. */
const atOnce = 100

export class SchedulerService {
  readonly #clock: Clock
  readonly #send: SchedulerOptions['send']
  readonly #journal: Journal<SchedulerEntry>
  readonly #groups = new Set(['default'])
  readonly #schedules = new Map<string, LocalSchedule>()
  #wake: () => void = () => {}
  #running: Promise<void> = Promise.resolve()
  /** One was made since it last looked. */
  #isNew = false
  #closed = false

  /** @throws Misconfigured if what is there is damaged */
  constructor({ folder, clock, send }: SchedulerOptions) {
    this.#clock = clock
    this.#send = send
    const owner = { name: 'scheduler', apply: this.#apply.bind(this), present: this.#present.bind(this) }
    this.#journal = folder === undefined ? noJournal : FileJournal.open<SchedulerEntry>(folder, owner)
  }

  /** Fires what is due from now on; what came due before it, at once. */
  start(): void {
    this.#running = this.#run()
  }

  ensureGroup(name: string): void {
    if (!this.#groups.has(name)) this.#keep({ kind: 'group', name })
  }

  /** @throws RestFault */
  createGroup(name: string): void {
    if (this.#groups.has(name)) throw new RestFault('ConflictException', `Schedule group ${name} already exists.`, 409)
    this.#keep({ kind: 'group', name })
  }

  /** With all its schedules. @throws RestFault */
  deleteGroup(name: string): void {
    if (!this.#groups.has(name)) throw noGroup(name)
    this.#keep({ kind: 'gone-group', name })
  }

  /** @throws RestFault */
  create(schedule: NewSchedule): LocalSchedule {
    const { group, name } = schedule
    if (!this.#groups.has(group)) throw noGroup(group)
    if (this.#schedules.has(keyOf(group, name))) throw new RestFault('ConflictException', `Schedule ${name} already exists.`, 409)
    this.#keep({ kind: 'schedule', schedule: { ...schedule, createdAt: this.#clock.now() } })
    this.#isNew = true
    this.#wake()
    return this.get(group, name)
  }

  /** @throws RestFault */
  get(group: string, name: string): LocalSchedule {
    const schedule = this.#schedules.get(keyOf(group, name))
    if (schedule === undefined) throw new RestFault('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404)
    return schedule
  }

  /** In the order of their names. */
  all(): readonly LocalSchedule[] {
    return [...this.#schedules.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  /** @throws RestFault */
  delete(group: string, name: string): void {
    this.get(group, name)
    this.#keep({ kind: 'gone', group, name })
  }

  /** Resolves when all changes so far outlive the process. */
  settled(): Promise<void> {
    return this.#journal.settled()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#wake()
    await this.#running
    this.#journal.close()
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      this.#isNew = false
      const now = this.#clock.now()
      const due = [...this.#schedules.values()].filter(({ at }) => at <= now)
      let failed = false
      for (let n = 0; n < due.length; n += atOnce) {
        const fired = await Promise.all(due.slice(n, n + atOnce).map((one) => this.#fire(one)))
        failed ||= fired.includes(false)
      }
      if (!this.#isNew) await this.#nap(now, failed ? retryMs : napMsMax)
    }
  }

  /** @returns whether it is done: what dies between the send and the delete fires again. */
  async #fire({ group, name, target }: LocalSchedule): Promise<boolean> {
    try {
      await this.#send(target.Arn, target.Input)
    } catch {
      return false
    }
    if (this.#schedules.has(keyOf(group, name))) this.#keep({ kind: 'gone', group, name })
    return true
  }

  /** @param looked when it last looked: what came due since is waited for no longer */
  async #nap(looked: number, msMax: number): Promise<void> {
    if (this.#closed) return
    let next = looked + msMax
    for (const { at } of this.#schedules.values()) if (at > looked && at < next) next = at
    const timer = this.#clock.after(Math.max(0, next - this.#clock.now()))
    const { promise: woken, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    await Promise.race([timer.elapsed, woken])
    timer.cancel()
  }

  #keep(entry: SchedulerEntry): void {
    this.#journal.append(entry)
    this.#apply(entry)
  }

  #apply(entry: SchedulerEntry): void {
    switch (entry.kind) {
      case 'group':
        this.#groups.add(entry.name)
        return
      case 'gone-group':
        this.#groups.delete(entry.name)
        for (const [key, { group }] of this.#schedules) if (group === entry.name) this.#schedules.delete(key)
        return
      case 'schedule':
        this.#schedules.set(keyOf(entry.schedule.group, entry.schedule.name), entry.schedule)
        return
      case 'gone':
        this.#schedules.delete(keyOf(entry.group, entry.name))
    }
  }

  *#present(): Generator<SchedulerEntry> {
    for (const name of this.#groups) yield { kind: 'group', name }
    for (const schedule of this.#schedules.values()) yield { kind: 'schedule', schedule }
  }
}

const noGroup = (name: string): RestFault =>
  new RestFault('ResourceNotFoundException', `Schedule group ${name} does not exist.`, 404)

const keyOf = (group: string, name: string): string => `${group}/${name}`
