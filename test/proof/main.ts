// The proof as a command: `npm run prove -- --seeds 20000`.
import { availableParallelism } from 'node:os'
import { SingleBar } from 'cli-progress'
import { Command } from 'commander'
import { cover, coverageLine, coverageText } from './coverage.ts'
import { fuzz } from './fuzz.ts'
import { workloadOf } from './job.ts'
import { mutants as planted } from './mutants.ts'
import { type Look, prove } from './prove.ts'
import { failuresOf, lineOf, tableOf } from './report.ts'
import { runWorld } from './workloads.ts'

interface Options {
  readonly seeds?: number
  readonly from: number
  readonly threads: number
  readonly mutants?: true
  readonly coverage?: true
  readonly fuzz?: number
  readonly resume?: string
  readonly json?: true
}

const whole = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${text}: write a whole number from 1`)
  return value
}

const seedsDefault = 20_000
/** Counting what runs makes it slower, and more seeds reach hardly more. */
const coverageSeedsDefault = 2000
/** So many seeds show what a handler without the protocol does. */
const naiveSeeds = 2000
const lineMs = 30_000

// A bar where somebody looks, a line now and then where nobody does.
const look: Look = (what, total) => {
  if (process.stderr.isTTY) {
    const bar = new SingleBar({ format: `${what.padEnd(20)} {bar} {percentage} %, {eta_formatted} left` })
    bar.start(total, 0)
    return { more: (count) => bar.increment(count), end: () => bar.stop() }
  }
  let done = 0
  let said = performance.now()
  return {
    more: (count) => {
      done += count
      if (performance.now() - said < lineMs) return
      said = performance.now()
      process.stderr.write(`${what}: ${Math.floor((100 * done) / total)} %\n`)
    },
    end: () => {},
  }
}

/** One seed alone, with its trace if it violates. */
const showSeed = async (seed: number): Promise<void> => {
  const workload = workloadOf(seed)
  const { world, violations } = await runWorld(workload, seed, { keepLines: true })
  if (violations.length === 0) return void process.stdout.write(`seed ${seed} (${workload}) holds; trace ${world.trace.hash()}\n`)
  process.stdout.write(`${world.trace.lines().join('\n')}\nseed ${seed} (${workload}) violates\n  ${violations.join('\n  ')}\n`)
  process.exitCode = 1
}

const showCoverage = async (from: number, seeds: number, json: boolean): Promise<void> => {
  const coverage = await cover({ from, seeds }, look)
  process.stdout.write(`${coverageText(coverage)}\n`)
  if (json) process.stdout.write(`${coverageLine(coverage)}\n`)
  if (coverage.violations.length > 0) process.exitCode = 1
}

/** A process of its own for so many: what it has seen grows. */
const fuzzAtOnce = 5000

const showFuzz = async (count: number, from: number): Promise<void> => {
  const began = performance.now()
  const reasons: Record<string, number> = {}
  let [malformed, valid] = [0, 0]
  for (let seed = from; malformed < count; seed += 1) {
    const run = await fuzz(Math.min(fuzzAtOnce, count - malformed), seed)
    malformed += run.malformed
    valid += run.valid
    for (const [code, n] of Object.entries(run.reasons)) reasons[code] = (reasons[code] ?? 0) + n
    for (const fault of run.faults) process.stdout.write(`${fault}\n`)
    if (run.faults.length > 0) {
      process.exitCode = 1
      break
    }
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  const counted = Object.entries(reasons).map(([code, n]) => `${code} ${n}`)
  process.stdout.write(`${malformed} malformed, ${valid} valid, ${seconds} s\nkept as: ${counted.join(', ')}\n`)
}

const main = async (): Promise<void> => {
  const command = new Command('prove')
    .description('runs the protocol through seeds of faults, and looks for planted bugs in the same worlds')
    .option('--seeds <n>', 'how many, in fifties; one alone shows its trace if it violates', whole)
    .option('--from <k>', 'the first', whole, 1)
    .option('--threads <n>', 'at once', whole, availableParallelism())
    .option('--mutants', 'says of each planted bug at which seed it was found, and by what')
    .option('--coverage', 'says instead which branches of lib/core and lib/runtime no seed reaches, and which faults never meet')
    .option('--fuzz <n>', 'sends so many malformed messages through the runtime instead, with valid ones among them', whole)
    .option('--resume <file>', 'keeps the seeds that are done in a file, and goes on from there')
    .option('--json', 'ends with one line of JSON')
    .parse()
  const { coverage, from, threads, resume, mutants, json, ...asked } = command.opts<Options>()
  if (asked.fuzz !== undefined) return showFuzz(asked.fuzz, from)
  if (coverage) return showCoverage(from, asked.seeds ?? coverageSeedsDefault, json ?? false)
  const seeds = asked.seeds ?? seedsDefault
  if (seeds === 1 && !json) return showSeed(from)
  const results = await prove(
    { seeds, from, threads, naiveSeeds, mutants: planted, exhaustive: true, ...(resume !== undefined && { resume }) },
    look,
  )
  if (mutants)
    for (const { name, seed, violation } of results.mutants) process.stdout.write(`${seed ?? '-'}\t${name}: ${violation}\n`)
  process.stdout.write(`${tableOf(results)}\n`)
  const failures = failuresOf(results)
  for (const failure of failures) process.stdout.write(`${failure}\n`)
  if (json) process.stdout.write(`${lineOf(results)}\n`)
  if (failures.length > 0) process.exitCode = 1
}

await main()
