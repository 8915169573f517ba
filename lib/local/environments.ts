// The execution environments of one function, shared by its event-source mappings, direct calls and requests. Each runs one invocation at a
// time, as on Lambda; where Lambda would start another at once, an invocation waits here for its turn, or until another is worth its while.
import type { Environment } from './worker.ts'

interface Slot {
  environment: Environment | undefined
}

export interface Scaling {
  /** Most at a time. */
  readonly most: number
  /** How many are started by `load`; further ones where an invocation has waited. Default: all. */
  readonly least?: number
  /** How long one waits before another environment is started. */
  readonly patienceMs?: number
}

export class Environments {
  readonly #start: () => Promise<Environment>
  readonly #most: number
  readonly #least: number
  readonly #patienceMs: number
  readonly #slots: Slot[] = []
  readonly #free: Slot[] = []
  readonly #waiting: ((slot: Slot) => void)[] = []
  #growing: Promise<void> | undefined
  #loaded = false
  #closing: Promise<void> | undefined

  constructor(start: () => Promise<Environment>, { most, least = most, patienceMs = 100 }: Scaling) {
    this.#start = start
    this.#most = most
    this.#least = least
    this.#patienceMs = patienceMs
  }

  /** Starts the least that there are; until then, whoever wants one waits. @throws Error with the reason in one line if one does not load */
  async load(): Promise<void> {
    const starting = Array.from({ length: this.#least }, async () => {
      const slot: Slot = { environment: undefined }
      this.#slots.push(slot)
      slot.environment = await this.#start()
    })
    const fault = (await Promise.allSettled(starting)).find((one) => one.status === 'rejected')
    if (fault !== undefined) throw fault.reason
    this.#loaded = true
    for (const slot of this.#slots) this.#release(slot)
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.length
  }

  /**
   * Lets `work` have one; those who wait get theirs in turn. One that has died is replaced.
   * @throws Error with the reason in one line if it died while it was idle, or none can be started
   */
  async use<T>(work: (environment: Environment) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new Error('it is stopped')
    const slot = await this.#take()
    try {
      const end = slot.environment?.ended()
      if (end !== undefined) throw new Error(end)
      slot.environment ??= await this.#start()
      return await work(slot.environment)
    } finally {
      if (slot.environment?.ended() !== undefined) slot.environment = undefined
      this.#release(slot)
    }
  }

  /** Resolves once what is under way has finished and all are gone. */
  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    await this.#growing
    if (this.#loaded) await Promise.all(this.#slots.map(() => this.#take()))
    await Promise.all(this.#slots.map(async ({ environment }) => environment?.close()))
  }

  async #take(): Promise<Slot> {
    // The one that was used last has the warmest caches.
    const free = this.#free.pop()
    if (free !== undefined) return free
    const { promise, resolve } = Promise.withResolvers<Slot>()
    this.#waiting.push(resolve)
    if (this.#slots.length >= this.#most || !this.#loaded || this.#closing !== undefined) return promise
    const impatient = setTimeout(() => this.#grow(), this.#patienceMs)
    const slot = await promise
    clearTimeout(impatient)
    return slot
  }

  // One at a time: the machine is busy as it is.
  #grow(): void {
    if (this.#growing !== undefined || this.#slots.length >= this.#most || this.#closing !== undefined) return
    this.#growing = this.#start()
      .then((environment) => {
        const slot: Slot = { environment }
        this.#growing = undefined
        this.#slots.push(slot)
        this.#release(slot)
        if (this.#waiting.length > 0) this.#grow()
      })
      // Whoever waits gets one of the others; the next that waits for long tries again.
      .catch(() => {
        this.#growing = undefined
      })
  }

  #release(slot: Slot): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(slot)
    else next(slot)
  }
}
