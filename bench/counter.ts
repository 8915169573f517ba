// `counter` → `ledger`, 64 keys, on the local cloud: throughput until every ledger count is there, one-way latency unloaded, CPU of the
// whole process (client, cloud and functions), AWS calls by kind.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, connect } from '../lib/aws/index.ts'
import { startLocalCloud } from '../lib/local/index.ts'
import { percentile } from './statistics.ts'
import { app } from './workloads/counter/app.ts'
import { Counter } from './workloads/counter/counter/contract.ts'
import { Ledger } from './workloads/counter/ledger/contract.ts'

export interface CounterFigures {
  readonly workload: 'counter'
  readonly inputs: number
  /** Inputs a second, from the first send until the last ledger count. */
  readonly throughput: number
  /** One input at a time, from its send until its ledger's commit. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** User and system, of client, cloud and functions together. */
  readonly cpuSPer1000: number
  readonly calls: { readonly [kind: string]: number }
  readonly callsPerInput: number
  /** Whether every count is what was sent. */
  readonly ok: boolean
}

export interface CounterOptions {
  readonly inputs: number
  /** Inputs whose latency is measured, one after the other. */
  readonly samples: number
  /** Sends that are under way at once. */
  readonly concurrency: number
  /** Environments of each function. */
  readonly workers: number
}

const keys = 64
const warmUp = 200

type BenchClient = Client<'counter' | 'ledger'>

export const benchCounter = async (options: CounterOptions): Promise<CounterFigures> => {
  const data = await mkdtemp(join(tmpdir(), 'gavotte-bench-'))
  const seen = listener()
  const cloud = await startLocalCloud({ app, port: 0, data, workers: options.workers, onEvent: seen.hear })
  const sdk = { endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  const client = connect({ app: 'bench', uses: [Counter, Ledger], routes: cloud.routes, sqs: sdk, dynamodb: sdk })
  try {
    await send(client, warmUp, 16)
    await untilCounted(client, warmUp, seen)
    const latencies = await measureLatency(client, options.samples, seen)
    const before = { cpu: process.cpuUsage(), calls: cloud.calls(), time: performance.now() }
    await send(client, options.inputs, options.concurrency)
    const { reads, counted } = await untilCounted(client, warmUp + options.samples + options.inputs, seen)
    const { user, system } = process.cpuUsage(before.cpu)
    const calls = perInput(before.calls, cloud.calls(), reads, options.inputs)
    return {
      workload: 'counter',
      inputs: options.inputs,
      throughput: options.inputs / ((counted - before.time) / 1000),
      p50Ms: percentile(latencies, 50),
      p99Ms: percentile(latencies, 99),
      cpuSPer1000: (user + system) / 1e6 / (options.inputs / 1000),
      calls,
      callsPerInput: Object.values(calls).reduce((sum, one) => sum + one, 0),
      ok: await agrees(client, warmUp + options.samples + options.inputs),
    }
  } finally {
    await client.close()
    await cloud.close()
    await rm(data, { recursive: true, force: true })
  }
}

const send = async (client: BenchClient, inputs: number, concurrency: number): Promise<void> => {
  let next = 0
  const sender = async (): Promise<void> => {
    for (let n = next++; n < inputs; n = next++) await client.send(Counter, String(n % keys)).Add()
  }
  await Promise.all(Array.from({ length: concurrency }, sender))
}

const measureLatency = async (client: BenchClient, samples: number, seen: Listener): Promise<number[]> => {
  const latencies: number[] = []
  for (let n = 0; n < samples; n++) {
    const handled = seen.next('ledger')
    const start = performance.now()
    await client.send(Counter, String(n % keys)).Add()
    await handled
    latencies.push(performance.now() - start)
  }
  return latencies
}

/** Waits for the sum of all ledgers. Reads only once the ledger has been quiet, and says how often it read. */
const untilCounted = async (client: BenchClient, total: number, seen: Listener): Promise<{ reads: number; counted: number }> => {
  for (let reads = keys; ; reads += keys) {
    while (performance.now() - seen.last('ledger') < 100) await sleep(10)
    const counted = seen.last('ledger')
    if (sum(await counts(client, Ledger)) >= total) return { reads, counted }
    await sleep(100)
  }
}

const counts = (client: BenchClient, of: typeof Ledger | typeof Counter): Promise<number[]> =>
  Promise.all(
    Array.from({ length: keys }, async (_, key) => (await client.view(of, String(key), { consistent: true }))?.count ?? 0),
  )

const agrees = async (client: BenchClient, total: number): Promise<boolean> => {
  const [counters, ledgers] = await Promise.all([counts(client, Counter), counts(client, Ledger)])
  return sum(counters) === total && counters.every((count, key) => count === ledgers[key])
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

// The bench's own reads do not count.
const perInput = (
  before: { readonly [kind: string]: number },
  after: { readonly [kind: string]: number },
  reads: number,
  inputs: number,
): { readonly [kind: string]: number } =>
  Object.fromEntries(
    Object.entries(after)
      .map(([kind, count]) => [kind, (count - (before[kind] ?? 0) - (kind === 'GetItem' ? reads : 0)) / inputs] as const)
      .filter(([, count]) => count > 0),
  )

type Listener = ReturnType<typeof listener>

/** Hears when batches of a process were handled. */
const listener = () => {
  const last = new Map<string, number>()
  const waiting = new Map<string, (() => void)[]>()
  return {
    hear: (event: { readonly kind: string; readonly process: string }): void => {
      if (event.kind !== 'handled') return
      last.set(event.process, performance.now())
      for (const resolve of waiting.get(event.process)?.splice(0) ?? []) resolve()
    },
    last: (process: string): number => last.get(process) ?? 0,
    next: (process: string): Promise<void> =>
      new Promise((resolve) => {
        waiting.set(process, [...(waiting.get(process) ?? []), resolve])
      }),
  }
}
