// Metrics as CloudWatch takes them from a log: one line of the embedded metric format an invocation.
// Source: CloudWatch User Guide, "Specification: Embedded metric format": at most 100 values a metric in one line.
import { type Metric, unitOf } from '../core/metric.ts'
import type { Meter } from '../ports/host.ts'

const valuesMax = 100

export interface EmfMeterOptions {
  readonly app: string
  readonly process: string
  /** Default: stdout, which Lambda hands to CloudWatch Logs. */
  readonly write?: (line: string) => void
}

/** Gathers what an invocation measures; `flush` writes it as one line and begins anew. */
export class EmfMeter implements Meter {
  readonly #dimensions: { readonly App: string; readonly Process: string }
  readonly #write: (line: string) => void
  #values = new Map<Metric, number[]>()

  constructor({ app, process: name, write = (line) => void process.stdout.write(line) }: EmfMeterOptions) {
    this.#dimensions = { App: app, Process: name }
    this.#write = write
  }

  add(metric: Metric, value: number): void {
    const values = this.#values.get(metric)
    if (values === undefined) this.#values.set(metric, [value])
    else if (unitOf(metric) === 'Count') values[0] = (values[0] ?? 0) + value
    else if (values.length < valuesMax) values.push(value)
  }

  /** @param now ms since 1970 */
  flush(now: number): void {
    if (this.#values.size === 0) return
    const described = [...this.#values.keys()].map((Name) => ({ Name, Unit: unitOf(Name) }))
    const aws = {
      Timestamp: now,
      CloudWatchMetrics: [{ Namespace: 'Gavotte', Dimensions: [['App', 'Process']], Metrics: described }],
    }
    this.#write(`${JSON.stringify({ _aws: aws, ...this.#dimensions, ...Object.fromEntries(this.#values) })}\n`)
    this.#values = new Map()
  }
}
