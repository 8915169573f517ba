// What the simulations reach: branches of lib/core and lib/runtime that ran, and pairs of fault classes that both bit in one run.
// Run it as `node test/sim/coverage.ts [seeds]`; default 300 seeds of generated programs, and some of chatter and the choreography.
import { readdirSync, readFileSync } from 'node:fs'
import { type Profiler, Session } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'
import { parseSync, Visitor } from 'oxc-parser'

type Ranges = readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[]

const root = new URL('../../', import.meta.url)

/** Places that run only if a branch is taken: what follows an `if`, both arms of `?:`, right sides of `&&`, `||` and `??`, cases, catches. */
const branchesOf = (path: string, text: string): readonly number[] => {
  const starts: number[] = []
  const add = (node: { readonly start: number } | null | undefined): void => {
    if (node) starts.push(node.start)
  }
  new Visitor({
    IfStatement: ({ consequent, alternate }) => {
      add(consequent)
      add(alternate)
    },
    ConditionalExpression: ({ consequent, alternate }) => {
      add(consequent)
      add(alternate)
    },
    LogicalExpression: ({ right }) => add(right),
    SwitchCase: ({ consequent }) => add(consequent[0]),
    CatchClause: ({ body }) => add(body.body[0]),
    ArrowFunctionExpression: ({ body }) => add(body),
  }).visit(parseSync(path, text).program)
  return starts
}

const ranAt = (ranges: Ranges, offset: number): boolean => {
  let innermost: Ranges[number] | undefined
  for (const range of ranges) {
    if (range.startOffset > offset || range.endOffset <= offset) continue
    if (innermost === undefined || range.endOffset - range.startOffset <= innermost.endOffset - innermost.startOffset)
      innermost = range
  }
  return innermost !== undefined && innermost.count > 0
}

const reportFile = (path: string, ranges: Ranges): { readonly hit: number; readonly total: number } => {
  const text = readFileSync(new URL(path, root), 'utf8')
  const branches = branchesOf(path, text)
  const missed = branches.filter((offset) => !ranAt(ranges, offset))
  const hit = branches.length - missed.length
  process.stdout.write(`${path.padEnd(30)} ${String(hit).padStart(4)} / ${branches.length}\n`)
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length
  for (const line of new Set(missed.map(lineOf)))
    process.stdout.write(`    ${String(line).padStart(4)} ${text.split('\n')[line - 1]?.trim()}\n`)
  return { hit, total: branches.length }
}

const reportBranches = (scripts: readonly Profiler.ScriptCoverage[]): void => {
  const sum = { hit: 0, total: 0 }
  for (const folder of ['lib/core', 'lib/runtime']) {
    for (const name of readdirSync(new URL(folder, root)).sort()) {
      const path = `${folder}/${name}`
      const functions = scripts.find(({ url }) => url === new URL(path, root).href)?.functions ?? []
      const { hit, total } = reportFile(
        path,
        functions.flatMap(({ ranges }) => ranges),
      )
      sum.hit += hit
      sum.total += total
    }
  }
  process.stdout.write(`branches: ${sum.hit} of ${sum.total}\n`)
}

const reportPairs = (classes: readonly string[], met: ReadonlyMap<string, number>): void => {
  const pairs = classes.flatMap((a, n) => classes.slice(n + 1).map((b) => `${a} ${b}`))
  const missed = pairs.filter((pair) => !met.has(pair))
  process.stdout.write(`\nruns in which both bit\n${''.padEnd(16)}${classes.map((_, n) => String(n + 1).padStart(5)).join('')}\n`)
  classes.forEach((a, n) => {
    const row = classes.map((b, m) => String(m > n ? (met.get(`${a} ${b}`) ?? 0) : '').padStart(5))
    process.stdout.write(`${String(n + 1).padStart(2)} ${a.padEnd(13)}${row.join('')}\n`)
  })
  process.stdout.write(
    `pairs of fault classes: ${pairs.length - missed.length} of ${pairs.length}; never: ${missed.join(', ') || 'none'}\n`,
  )
}

const run = async (seeds: number): Promise<void> => {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  // Only what is loaded from here on is counted.
  const { explore } = await import('../../lib/sim/index.ts')
  const { faultClasses } = await import('../../lib/sim/faults.ts')
  const { generated } = await import('./generator.ts')
  const { chatter, talkAtRandom } = await import('./chatter.ts')
  const { app, shopping } = await import('./choreography.ts')
  const met = new Map<string, number>()
  const count = (bit: readonly string[]): void => {
    bit.forEach((a, n) => {
      for (const b of bit.slice(n + 1)) met.set(`${a} ${b}`, (met.get(`${a} ${b}`) ?? 0) + 1)
    })
  }
  const one = async (...[processes, options]: Parameters<typeof explore>): Promise<void> => {
    const { faults } = await explore(processes, options)
    count(faultClasses.filter((fault) => faults[fault].bit > 0))
  }
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { processes, ...program } = generated(seed)
    const alone = { from: seed, count: 1 }
    await one(processes, { ...program, seeds: alone })
    if (seed % 10 === 0) await one(chatter, { seeds: alone, workload: talkAtRandom })
    if (seed % 5 === 0) await one(app, { seeds: alone, workload: shopping(10) })
  }
  const { result } = await session.post('Profiler.takePreciseCoverage')
  reportBranches(result)
  reportPairs(faultClasses, met)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run(Number(process.argv[2] ?? 300))
