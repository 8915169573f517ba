// The warm cache of one environment: the records that it saw or committed last.
//
// An environment cannot know that it committed last. A stale hit costs a lost write and a second run of the handler, so the cache keeps
// the share of its hits that were current, and is asked only while that share is above break-even.
import type { InstanceRecord } from '../core/record.ts'

const instancesMax = 2000
const charactersMax = 32_000_000
/** Below this share of current hits a read first is cheaper than a lost write. */
const breakEven = 0.4
/** Weight of the newest hit in the running share. */
const weight = 0.05

export class WarmCache {
  readonly #records = new Map<string, InstanceRecord>()
  #characters = 0
  #current = 1

  /** Whether to trust a hit, as things went so far. */
  get trusted(): boolean {
    return this.#current >= breakEven
  }

  get(instance: string): InstanceRecord | undefined {
    return this.#records.get(instance)
  }

  /** Keeps a record whose effects are known to be done. */
  set(done: InstanceRecord): void {
    const record = { ...done, effects: [] }
    this.delete(record.instance)
    this.#records.set(record.instance, record)
    this.#characters += sizeOf(record)
    for (const oldest of this.#records.keys()) {
      if (this.#records.size <= instancesMax && this.#characters <= charactersMax) break
      this.delete(oldest)
    }
  }

  delete(instance: string): void {
    const record = this.#records.get(instance)
    if (record === undefined) return
    this.#records.delete(instance)
    this.#characters -= sizeOf(record)
  }

  /** Learns whether a cached record turned out to be the newest. */
  learn(current: boolean): void {
    this.#current += weight * ((current ? 1 : 0) - this.#current)
  }
}

const sizeOf = ({ state, view, held }: InstanceRecord): number =>
  1000 + (state?.length ?? 0) + (view?.length ?? 0) + held.reduce((sum, { text }) => sum + text.length, 0)
