// What a process takes from the machine that it runs on: time, chance and a place to write to.

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Resolves after `ms`; the returned `cancel` stops it from ever resolving. */
  after(ms: number): { readonly elapsed: Promise<void>; cancel(): void }
}

export interface Ids {
  /** A commit nonce: never the same twice, at least 64 random bits. */
  nonce(): string
  /** Uniform in [0, 1): jitter only, never in what a handler sees. */
  dice(): number
}

export interface Log {
  /** One structured line. `message` is constant text; what varies stands in `fields`. */
  write(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: { readonly [name: string]: unknown }): void
}

/** What is measured of a process, with its unit as CloudWatch names it. */
export const metrics = {
  /** Commits. */
  Hops: 'Count',
  /** Messages that a handler took. */
  Messages: 'Count',
  /** Messages that were dropped as seen. */
  Duplicates: 'Count',
  /** Version races that were lost. */
  Conflicts: 'Count',
  /** Messages that failed for good. */
  SetAside: 'Count',
  /** Tries of a handler that failed and will be repeated. */
  Retries: 'Count',
  /** Records whose effects were performed for an invocation that did not come to its end. */
  Recovered: 'Count',
  /** From a message's send to its handling. */
  Latency: 'Milliseconds',
} as const
export type Metric = keyof typeof metrics

export interface Meter {
  /** Counts are summed up, others are values of a distribution. */
  add(metric: Metric, value: number): void
}

/** Measures nothing. */
export const noMeter: Meter = { add: () => {} }
