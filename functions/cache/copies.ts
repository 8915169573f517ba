// Copies that a warm environment keeps of what it had from the cache: bounded by bytes, the least recently used goes first.
// A library for this (lru-cache) takes 6 KB of the 40 that a function may have beside the SDK.

interface Copy {
  readonly value: unknown
  /** Not served from then on, ms since 1970. */
  readonly until: number
  readonly bytes: number
}

export class Copies {
  readonly #copies = new Map<string, Copy>()
  readonly #bytesMax: number
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  get(key: string, now: number): Copy | undefined {
    const copy = this.#copies.get(key)
    if (copy === undefined) return undefined
    this.delete(key)
    if (now < copy.until) this.#add(key, copy)
    return now < copy.until ? copy : undefined
  }

  /** @param value JSON; undefined: it is known not to exist */
  set(key: string, value: unknown, until: number): void {
    this.delete(key)
    const bytes = 2 * key.length + 2 * (JSON.stringify(value)?.length ?? 0) + 100
    if (bytes > this.#bytesMax) return
    this.#add(key, { value, until, bytes })
    for (const oldest of this.#copies.keys()) {
      if (this.#bytes <= this.#bytesMax) break
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const copy = this.#copies.get(key)
    if (copy === undefined) return
    this.#copies.delete(key)
    this.#bytes -= copy.bytes
  }

  clear(): void {
    this.#copies.clear()
    this.#bytes = 0
  }

  #add(key: string, copy: Copy): void {
    this.#copies.set(key, copy)
    this.#bytes += copy.bytes
  }
}
