// What a process takes from the machine that it runs on: time, chance and a place to write to.
import type { Metric } from '../core/metric.ts'

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

export interface Meter {
  /** Counts are summed up, others are values of a distribution. */
  add(metric: Metric, value: number): void
}

/** Measures nothing. */
export const noMeter: Meter = { add: () => {} }
