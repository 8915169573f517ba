// The deduplication window of a FIFO queue.

export interface Remembered {
  readonly key: string
  readonly id: string
  readonly ordinal: number
  /** When it was sent, ms since 1970. */
  readonly at: number
}

const windowMs = 5 * 60_000

/**
 * SQS API reference, SendMessage: "If a message with a particular MessageDeduplicationId is sent successfully, any messages sent
 * with the same MessageDeduplicationId are accepted successfully but aren't delivered during the 5-minute deduplication
 * interval." "Amazon SQS continues to keep track of the message deduplication ID even after the message is received and deleted."
 */
export class DeduplicationWindow {
  // Oldest first.
  readonly #byKey = new Map<string, Remembered>()

  find(key: string): Remembered | undefined {
    return this.#byKey.get(key)
  }

  remember(first: Remembered): void {
    this.#byKey.delete(first.key)
    this.#byKey.set(first.key, first)
  }

  advance(now: number): void {
    for (const { key, at } of this.#byKey.values()) {
      if (at + windowMs > now) return
      this.#byKey.delete(key)
    }
  }

  all(): Iterable<Remembered> {
    return this.#byKey.values()
  }
}
