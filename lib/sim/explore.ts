// Runs an app through many seeds, each with faults of its own, and stops at the first that breaks a claim.
import type { App } from '../core/app.ts'
import type { Blueprint } from '../core/definition.ts'
import { milliseconds } from './duration.ts'
import { type FaultCounts, type FaultPlan, faultClasses, noCounts } from './faults.ts'
import { createRandom, type Random } from './random.ts'
import { type SimulateOptions, simulate, type World } from './world.ts'

export interface ExploreOptions {
  /** How many, from 1; or from another seed on. */
  readonly seeds: number | { readonly from: number; readonly count: number }
  /** What the world is asked to do: sends, and time that passes in between. `random` is this workload's own, from the seed. */
  readonly workload: (world: World, random: Random) => void | Promise<void>
  /** What must hold once the world is quiet, besides I1 to I9: true or nothing to say, else what is wrong. */
  readonly invariants?: { readonly [claim: string]: (world: World) => boolean | readonly string[] }
  /** Probabilities that are not to be drawn. */
  readonly faults?: Partial<FaultPlan>
  readonly createRuntime?: SimulateOptions['createRuntime']
}

/** What was run, and what went wrong in it without breaking a claim. */
export interface Exploration {
  readonly seeds: number
  readonly messages: number
  readonly commits: number
  readonly events: number
  /** Messages that were kept as failed, for whatever reason. */
  readonly failed: number
  readonly faults: FaultCounts
  readonly seconds: number
}

/** Faults go on at most so long after the workload. */
const faultsMsMax = milliseconds('1h')
const environmentsMax = 4

/** A claim that a seed broke. The message says which, and how to see it again. */
export class Violated extends Error {
  readonly seed: number
  readonly violations: readonly string[]
  constructor(seed: number, violations: readonly string[], lines: readonly string[]) {
    const shown = violations.slice(0, 10).join('\n  ')
    const last = lines.length > 0 ? `\nThe trace:\n${lines.join('\n')}` : ''
    super(`seed ${seed} violates\n  ${shown}\nRun it alone with its trace: GAVOTTE_SEED=${seed}${last}`)
    this.name = 'Violated'
    this.seed = seed
    this.violations = violations
  }
}

/**
 * Explores an app. With the environment variable GAVOTTE_SEED only that seed runs, and a violation brings the trace.
 * @throws Violated at the first seed that breaks a claim
 */
export const explore = async (app: App | readonly Blueprint[], options: ExploreOptions): Promise<Exploration> => {
  const only = process.env.GAVOTTE_SEED
  const { from, count } = typeof options.seeds === 'number' ? { from: 1, count: options.seeds } : options.seeds
  const seeds = only === undefined ? Array.from({ length: count }, (_, n) => from + n) : [Number(only)]
  const began = performance.now()
  const sum = { messages: 0, commits: 0, events: 0, failed: 0, faults: noCounts() }
  for (const seed of seeds) {
    const world = await runSeed(app, { ...options, seed, keepLines: only !== undefined })
    const violations = [...world.check(), ...claimsBroken(world, options)]
    if (violations.length > 0) throw new Violated(seed, violations, world.trace.lines())
    const { messages, commits, events } = world.counts()
    sum.messages += messages
    sum.commits += commits
    sum.events += events
    sum.failed += world.failed().length
    for (const fault of faultClasses) {
      sum.faults[fault].injected += world.faults.counts[fault].injected
      sum.faults[fault].bit += world.faults.counts[fault].bit
    }
  }
  return { seeds: seeds.length, ...sum, seconds: (performance.now() - began) / 1000 }
}

/** Builds one seed's world and runs it: the workload under faults, some time more of them, then calm until it is quiet. */
export const runSeed = async (
  app: App | readonly Blueprint[],
  { seed, workload, faults, keepLines, createRuntime }: ExploreOptions & { readonly seed: number; readonly keepLines?: boolean },
): Promise<World> => {
  const random = createRandom(seed).stream('exploration')
  const world = simulate(app, {
    seed,
    faults: { base: 'drawn', ...faults },
    environmentsMax: random.between(1, environmentsMax),
    ...(keepLines !== undefined && { keepLines }),
    ...(createRuntime !== undefined && { createRuntime }),
  })
  await workload(world, random.stream('workload'))
  await world.advance(random.int(faultsMsMax))
  world.calm()
  await world.run()
  return world
}

/** An exploration in a few lines: what was run, and of each fault how often it was injected and how often it bit. */
export const summary = ({ seeds, messages, commits, failed, faults, seconds }: Exploration): string => {
  const counted = faultClasses.filter((fault) => faults[fault].injected > 0)
  const each = counted.map((fault) => `${fault} ${faults[fault].injected}/${faults[fault].bit}`)
  return [
    `${seeds} seeds, ${messages} messages, ${commits} commits, ${failed} kept as failed, ${seconds.toFixed(1)} s`,
    `faults, injected/bit: ${each.join(', ')}`,
  ].join('\n')
}

const claimsBroken = (world: World, { invariants = {} }: ExploreOptions): readonly string[] =>
  Object.entries(invariants).flatMap(([claim, holds]) => {
    const said = holds(world)
    if (said === true) return []
    return said === false ? [claim] : said.map((one) => `${claim}: ${one}`)
  })
