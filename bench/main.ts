// `npm run bench -- WORKLOAD`: prints a workload's figures, as lines for people or as one JSON line.
import { arch, cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { benchCache } from './cache/main.ts'
import { benchCounter } from './counter.ts'
import { benchDatabase } from './database.ts'
import { benchHop } from './hop.ts'
import { benchPages } from './pages.ts'
import { benchReplay } from './replay.ts'
import { median } from './statistics.ts'
import { benchStorm } from './storm.ts'
import { benchTalk } from './talk.ts'

const help = `usage: npm run bench -- WORKLOAD [options]

workloads
  counter   counter → ledger on the local cloud: throughput, latency, CPU, AWS calls by kind
  hop       framework CPU per message, in memory
  talk      calls, steps and sleeping flows on the local cloud; a direct call against a bare conditional write
  database  documents loaded on the local cloud, and pages of 50 of them when they are few and when they are many
  replay    how long a flow takes to be replayed, by its steps, in memory
  storm     how long others wait beside a storm on the local cloud, with and without what keeps them apart
  cache     hit ratios of the cache's eviction beside those of FIFO, LRU and SIEVE, in memory
  pages     the shop's pages out of the cache on the local cloud, at a steady rate while orders run

options
  --inputs N       counter: inputs under load (5000); hop: messages (100000); storm: messages (3000)
  --samples N      counter, talk, database: inputs whose latency is measured one by one (200)
  --concurrency N  counter: sends under way at once (64)
  --documents N    database: documents in the end (100000)
  --calls N        talk: queued calls, and steps of a flow (200)
  --sleepers N     talk: flows that sleep (10000)
  --workers N      counter: environments of each function (1)
  --batch N        hop: messages an invocation (10)
  --rate N         pages: requests a second (50)
  --orders N       pages: orders a second meanwhile (10)
  --seconds N      pages: how long (60)
  --runs N         repeats it and prints each figure's median (1)
  --json           one JSON line`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    inputs: { type: 'string' },
    samples: { type: 'string', default: '200' },
    concurrency: { type: 'string', default: '64' },
    documents: { type: 'string', default: '100000' },
    calls: { type: 'string', default: '200' },
    sleepers: { type: 'string', default: '10000' },
    workers: { type: 'string', default: '1' },
    batch: { type: 'string', default: '10' },
    rate: { type: 'string', default: '50' },
    orders: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '60' },
    runs: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

type Figures = { readonly [name: string]: unknown }

const runOf = (workload: string | undefined): (() => Promise<object>) | undefined => {
  const { samples, concurrency, workers, batch } = values
  switch (workload) {
    case 'counter':
      return () =>
        benchCounter({
          inputs: Number(values.inputs ?? 5000),
          samples: Number(samples),
          concurrency: Number(concurrency),
          workers: Number(workers),
        })
    case 'hop':
      return () => benchHop(Number(batch), Number(values.inputs ?? 100_000))
    case 'talk':
      return () => benchTalk({ samples: Number(samples), calls: Number(values.calls), sleepers: Number(values.sleepers) })
    case 'database':
      return () => benchDatabase({ documents: Number(values.documents), samples: Number(samples) })
    case 'pages':
      return () => benchPages({ rate: Number(values.rate), orders: Number(values.orders), seconds: Number(values.seconds) })
    case 'replay':
      return benchReplay
    case 'storm':
      return () => benchStorm(Number(values.inputs ?? 3000), Number(samples))
    case 'cache':
      return benchCache
    default:
      return undefined
  }
}

const rounded = (value: unknown): unknown => (typeof value === 'number' ? Number(value.toPrecision(4)) : value)

/** The median of each number over all runs; of anything else the first run's, but `ok` only if every run is. */
const medians = (runs: readonly Figures[]): Figures =>
  Object.fromEntries(
    Object.entries(runs[0] ?? {}).map(([name, first]) => {
      const all = runs.map((run) => run[name])
      if (typeof first === 'number') return [name, rounded(median(all as number[]))]
      if (typeof first === 'boolean') return [name, all.every(Boolean)]
      if (typeof first === 'object' && first !== null) return [name, medians(all as Figures[])]
      return [name, first]
    }),
  )

const main = async (): Promise<number> => {
  const run = runOf(positionals[0])
  if (values.help || run === undefined) {
    console.error(help)
    return values.help ? 0 : 2
  }
  const runs: Figures[] = []
  for (let n = 0; n < Number(values.runs); n++) runs.push({ ...(await run()) })
  const figures = medians(runs)
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? arch()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`
  if (values.json) console.log(JSON.stringify({ ...figures, runs: runs.length, machine }))
  else
    for (const [name, value] of Object.entries({ ...figures, machine }))
      console.log(`${name.padEnd(20)} ${JSON.stringify(value)}`)
  return figures.ok === false ? 1 : 0
}

process.exitCode = await main()
