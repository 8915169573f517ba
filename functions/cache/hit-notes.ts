// What an environment had from each instance of the cache since it last told it of that: an instance's hits write nothing there.
import type { Used } from './client.ts'

/** Keys that are told, of one instance: the newest. */
const toldMax = 64

export class HitNotes {
  readonly #used = new Map<string, { readonly keys: Set<string>; count: number }>()

  note(instance: string, key: string): void {
    const uses = this.#used.get(instance) ?? { keys: new Set<string>(), count: 0 }
    this.#used.set(instance, uses)
    uses.count += 1
    uses.keys.delete(key)
    uses.keys.add(key)
    for (const oldest of uses.keys) {
      if (uses.keys.size <= toldMax) break
      uses.keys.delete(oldest)
    }
  }

  /** Brings what there is to tell, and forgets it; undefined if there is nothing. */
  take(instance: string): Used | undefined {
    const uses = this.#used.get(instance)
    this.#used.delete(instance)
    return uses && { keys: [...uses.keys], count: uses.count }
  }
}
