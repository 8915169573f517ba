// Runs an app through many seeds, each with faults of its own, and stops at the first that breaks a claim: that run is made smaller and told.
import { writeFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import type { App } from '../core/app.ts'
import type { Blueprint } from '../core/definition.ts'
import { milliseconds } from '../core/duration.ts'
import { describeError } from '../core/errors.ts'
import { type FaultCounts, type FaultPlan, faultClasses, noCounts } from './faults.ts'
import { type Attendance, attend } from './operator.ts'
import { faultsOf, newPlay, type Plan, type Play, playOf, strikesIn } from './plan.ts'
import { createRandom, type Random } from './random.ts'
import { shrink, type Trial } from './shrink.ts'
import { type Story, shortStory, wholeStory } from './story-text.ts'
import { createWorld, type SimulateOptions, type World } from './world.ts'

/**
 * Claims by name, each a function over the quiet world: true or nothing to say, else what is wrong. One that throws is broken.
 * `{ 'no order is refunded twice': ({ states }) => states(order).every(({ refunds }) => refunds <= 1) }`
 */
export interface Invariants {
  readonly [claim: string]: (world: World) => boolean | readonly string[]
}

export interface ExploreOptions {
  /** How many, from 1; or from another seed on. */
  readonly seeds: number | { readonly from: number; readonly count: number }
  /** What the world is asked to do: sends, and time that passes in between. `random` is this workload's own, from the seed. */
  readonly workload: (world: World, random: Random) => void | Promise<void>
  /** What a person does about instances that stand still when the faults are over; default: nothing is poison any more, and each is redriven twice. */
  readonly operator?: Attendance
  /** What must hold once the world is quiet, besides I1 to I8. */
  readonly invariants?: Invariants
  /** Probabilities that are not to be drawn. */
  readonly faults?: Partial<FaultPlan>
  readonly earlier?: SimulateOptions['earlier']
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
/** Bounds of shrinking: some seconds at most. */
const shrinking = { runsMax: 300, eventsMax: 250_000 }

/** A claim that a seed broke. The message tells the smallest run that was found to break it, and draws it; bounded in length. */
export class Violated extends Error {
  readonly seed: number
  /** What the seed's whole run broke. */
  readonly violations: readonly string[]
  /** The smaller run. */
  readonly story: Story
  constructor(story: Story) {
    super(shortStory(story))
    this.name = 'Violated'
    this.seed = story.seed
    this.violations = story.violations
    this.story = story
  }
}

/**
 * Explores an app. With the environment variable GAVOTTE_SEED only that seed runs; GAVOTTE_STORY names a file that a violation is
 * written to in full, the trace included.
 * @throws Violated at the first seed that breaks a claim
 */
export const explore = async (app: App | readonly Blueprint[], options: ExploreOptions): Promise<Exploration> => {
  const only = process.env.GAVOTTE_SEED
  const { from, count } = typeof options.seeds === 'number' ? { from: 1, count: options.seeds } : options.seeds
  const seeds = only === undefined ? Array.from({ length: count }, (_, n) => from + n) : [Number(only)]
  const began = performance.now()
  const sum = { messages: 0, commits: 0, events: 0, failed: 0, faults: noCounts() }
  for (const seed of seeds) {
    const play = newPlay()
    const world = await runSeed(app, { ...options, seed }, play)
    const broken = brokenIn(world, options)
    if (broken[0] !== undefined) throw await violated(app, { ...options, seed }, { world, play, broken, claim: broken[0].claim })
    const { messages, commits, events } = world.counts()
    sum.messages += messages
    sum.commits += commits
    sum.events += events
    sum.failed += world.failed().length + world.resolved().length
    for (const fault of faultClasses) {
      sum.faults[fault].injected += world.faults.counts[fault].injected
      sum.faults[fault].bit += world.faults.counts[fault].bit
    }
  }
  return { seeds: seeds.length, ...sum, seconds: (performance.now() - began) / 1000 }
}

/** What of a seed is run, where that is not all. */
interface SeedOptions extends ExploreOptions {
  readonly seed: number
  /** Seed of the world, where it is not that of the workload. */
  readonly schedule?: number
  readonly keepLines?: boolean
}

/** Builds one seed's world and runs it: the workload under faults, some time more of them, then calm until it is quiet. */
export const runSeed = async (
  app: App | readonly Blueprint[],
  { seed, schedule = seed, workload, faults, keepLines, earlier, createRuntime, operator }: SeedOptions,
  play: Play = newPlay(),
): Promise<World> => {
  const random = createRandom(seed).stream('exploration')
  const options = {
    seed: schedule,
    faults: { base: 'drawn', ...faults },
    environmentsMax: random.between(1, environmentsMax),
    ...(keepLines !== undefined && { keepLines }),
    ...(earlier !== undefined && { earlier }),
    ...(createRuntime !== undefined && { createRuntime }),
  } as const
  const world = createWorld(app, options, play)
  await workload(world, random.stream('workload'))
  await world.advance(random.int(faultsMsMax))
  world.calm()
  await world.run()
  await attend(world, random.stream('operator'), operator)
  return world
}

/** A seed's run that broke claims; `claim` is the one that is pursued. */
interface Failure {
  readonly world: World
  readonly play: Play
  readonly broken: readonly Broken[]
  readonly claim: string
}

const violated = async (app: App | readonly Blueprint[], options: SeedOptions, failure: Failure): Promise<Violated> => {
  const { world, play, broken, claim } = failure
  const { plan: faults } = world.faults
  const first = {
    schedule: options.seed,
    sends: Array.from({ length: play.asked }, (_, n) => n),
    strikes: strikesIn(play, faults),
  }
  const attempt = async (plan: Plan): Promise<Trial> => {
    const tried = playOf(plan)
    let run: World
    try {
      run = await runSeed(app, { ...options, schedule: plan.schedule, faults: faultsOf(plan, faults) }, tried)
    } catch {
      // A workload may not bear that a call of its own is left out.
      return { broken: false, strikes: [], events: 0 }
    }
    const again = brokenIn(run, options).some((one) => one.claim === claim)
    return { broken: again, strikes: strikesIn(tried, run.faults.plan), events: run.counts().events }
  }
  const { plan, runs } = await shrink(first, { attempt, ...shrinking })

  const file = process.env.GAVOTTE_STORY
  const last = { ...playOf(plan), happenings: [] }
  const told = await runSeed(
    app,
    { ...options, schedule: plan.schedule, faults: faultsOf(plan, faults), keepLines: file !== undefined },
    last,
  )
  const story: Story = {
    seed: options.seed,
    violations: broken.map(({ violation }) => violation),
    happenings: last.happenings,
    ended: brokenIn(told, options).map(({ violation }) => violation),
    sends: { left: plan.sends.length, of: first.sends.length },
    faults: { left: plan.strikes.length, of: first.strikes.length },
    runs,
  }
  if (file !== undefined) writeFileSync(file, wholeStory(story, told.trace.lines()))
  return new Violated(story)
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

interface Broken {
  readonly claim: string
  readonly violation: string
}

const brokenIn = (world: World, { invariants = {} }: ExploreOptions): readonly Broken[] => [
  ...world.check().map((violation) => ({ claim: violation.slice(0, violation.indexOf(':')), violation })),
  ...Object.entries(invariants).flatMap(([claim, holds]) => said(claim, holds, world).map((violation) => ({ claim, violation }))),
]

const said = (claim: string, holds: Invariants[string], world: World): readonly string[] => {
  try {
    const words = holds(world)
    if (typeof words === 'boolean') return words ? [] : [claim]
    return words.map((one) => `${claim}: ${one}`)
  } catch (thrown) {
    return [`${claim}: ${stripVTControlCharacters(describeError(thrown).message).replace(/\s+/g, ' ')}`]
  }
}
