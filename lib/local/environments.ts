// The execution environments of one function, shared by its event-source mappings and by direct calls. Each runs one invocation at a
// time, as on Lambda; where Lambda would start another, an invocation waits here for its turn.
import type { Environment } from './worker.ts'

interface Slot {
  environment: Environment | undefined
}

export class Environments {
  readonly #start: () => Promise<Environment>
  readonly #slots: readonly Slot[]
  readonly #free: Slot[] = []
  readonly #waiting: ((slot: Slot) => void)[] = []
  #loaded = false
  #closed = false

  constructor(start: () => Promise<Environment>, count: number) {
    this.#start = start
    this.#slots = Array.from({ length: count }, () => ({ environment: undefined }))
  }

  /** Starts them all; until then, whoever wants one waits. @throws Error with the reason in one line if one does not load */
  async load(): Promise<void> {
    const starting = this.#slots.map(async (slot) => {
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
    if (this.#closed) throw new Error('it is stopped')
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
  async close(): Promise<void> {
    this.#closed = true
    if (this.#loaded) await Promise.all(this.#slots.map(() => this.#take()))
    await Promise.all(this.#slots.map(async ({ environment }) => environment?.close()))
  }

  async #take(): Promise<Slot> {
    return this.#free.shift() ?? new Promise((resolve) => this.#waiting.push(resolve))
  }

  #release(slot: Slot): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(slot)
    else next(slot)
  }
}
