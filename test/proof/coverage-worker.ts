// Runs worlds under V8's precise coverage, in a thread that has not loaded the library before: only what is loaded from then on is counted.
import { readdirSync, readFileSync } from 'node:fs'
import { type Profiler, Session } from 'node:inspector/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { branchesOf, type Ranges, ranAt } from './branches.ts'
import type { CoverageTask, CoverageTold, Reach } from './coverage.ts'

const { from, seeds, every } = workerData as CoverageTask
const root = new URL('../../', import.meta.url)
const files = ['lib/core', 'lib/runtime'].flatMap((folder) =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => `${folder}/${name}`),
)

interface Seen {
  /** `file:offset` of branches that ran. */
  readonly ran: Set<string>
  /** Names of two fault classes that both bit in one run. */
  readonly met: Set<string>
}
const seen: { readonly programs: Seen; readonly all: Seen } = {
  programs: { ran: new Set(), met: new Set() },
  all: { ran: new Set(), met: new Set() },
}

const branches = files.flatMap((path) => {
  const text = readFileSync(new URL(path, root), 'utf8')
  return branchesOf(path, text).map((offset) => {
    const line = text.slice(0, offset).split('\n').length
    return { key: `${path}:${offset}`, path, offset, spot: `${path}:${line}  ${text.split('\n')[line - 1]?.trim()}` }
  })
})

const note = (scripts: readonly Profiler.ScriptCoverage[], seens: readonly Seen[]): void => {
  const ranges = new Map<string, Ranges>(
    scripts.map(({ url, functions }) => [url, functions.flatMap((one) => one.ranges)] as const),
  )
  for (const { key, path, offset } of branches)
    if (ranAt(ranges.get(new URL(path, root).href) ?? [], offset)) for (const { ran } of seens) ran.add(key)
}

const pairsOf = (classes: readonly string[]): readonly string[] =>
  classes.flatMap((a, n) => classes.slice(n + 1).map((b) => `${a} ${b}`))

const main = async (): Promise<void> => {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const { faultClasses } = await import('../../lib/sim/faults.ts')
  const { workloadOf } = await import('./job.ts')
  const { runWorld } = await import('./workloads.ts')
  const tell = (told: CoverageTold): void => parentPort?.postMessage(told)

  const violations: string[] = []
  const runAll = async (workload: (seed: number) => ReturnType<typeof workloadOf>, seens: readonly Seen[]): Promise<void> => {
    for (let seed = from; seed < from + seeds; seed += 1) {
      const { world, violations: broken } = await runWorld(workload(seed), seed)
      violations.push(...broken.map((text) => `seed ${seed} (${workload(seed)}) violates ${text}`))
      const { counts } = world.faults
      const bit = pairsOf(faultClasses.filter((fault) => counts[fault].bit > 0))
      for (const { met } of seens) for (const pair of bit) met.add(pair)
      if ((seed - from + 1) % every === 0) tell({ kind: 'more' })
    }
    // What is taken is counted from zero again.
    note((await session.post('Profiler.takePreciseCoverage')).result, seens)
  }
  await runAll(() => 'program', [seen.programs, seen.all])
  await runAll(workloadOf, [seen.all])

  const pairs = pairsOf(faultClasses)
  const reachOf = ({ ran, met }: Seen): Reach => ({
    branches: ran.size,
    missed: [...new Set(branches.flatMap(({ key, spot }) => (ran.has(key) ? [] : [spot])))],
    pairs: met.size,
    apart: pairs.filter((pair) => !met.has(pair)),
  })
  tell({
    kind: 'covered',
    coverage: {
      seeds,
      branches: branches.length,
      pairs: pairs.length,
      violations,
      programs: reachOf(seen.programs),
      all: reachOf(seen.all),
    },
  })
}

await main()
