// How long it takes, once faults have stopped, until all that was under way is done: I5 with a figure.
import { describe, expect, test } from '@jest/globals'
import { backoffSecondsMax, visibilitySecondsOf } from '../../lib/core/backoff.ts'
import { milliseconds } from '../../lib/core/duration.ts'
import type { App } from '../../lib/index.ts'
import { createRuntime as realRuntime } from '../../lib/runtime/runtime.ts'
import type { CreateRuntime } from '../../lib/sim/cloud.ts'
import { type Random, simulate, type World } from '../../lib/sim/index.ts'
import { createRandom } from '../../lib/sim/random.ts'
import { remind, timers } from '../proof/timers.ts'
import { travel, trips } from '../proof/trips.ts'
import { chatter, talkAtRandom } from './chatter.ts'
import { app as shop, shopping } from './choreography.ts'

interface Kind {
  readonly app: App
  readonly workload: (world: World, random: Random) => Promise<void>
  readonly seeds: number
}

const kinds = {
  chatter: { app: chatter, workload: talkAtRandom, seeds: 10 },
  choreography: { app: shop, workload: shopping(10), seeds: 30 },
  flows: { app: trips, workload: travel, seeds: 25 },
  timers: { app: timers, workload: remind, seeds: 25 },
} satisfies { readonly [name: string]: Kind }

interface Recovery {
  readonly kind: string
  readonly seed: number
  /** From the end of the faults to the first look at which nothing was left to do. */
  readonly seconds: number
  /** The longest of the world's queues. */
  readonly visibilitySeconds: number
}

const lookedAtSeconds = 5
const hopelessSeconds = 7200
/** Copies and late receives that were drawn before the faults end come minutes after it: as faults they end only then. */
const overAtOnce = { duplicate: 0, late: 0 }

const recoveryOf = async (kind: keyof typeof kinds, seed: number, createRuntime = realRuntime): Promise<Recovery> => {
  const { app, workload } = kinds[kind]
  const random = createRandom(seed).stream('recovery')
  const world = simulate(app, {
    seed,
    faults: { base: 'drawn', ...overAtOnce },
    environmentsMax: random.between(1, 4),
    createRuntime,
  })
  await workload(world, random.stream('workload'))
  await world.advance(random.int(milliseconds('2m')))
  world.calm()
  let seconds = 0
  // A timer that comes due later begins something new: what was under way is done once there was a moment with nothing left.
  while (world.check().length > 0 && seconds < hopelessSeconds) {
    await world.advance(lookedAtSeconds * 1000)
    seconds += lookedAtSeconds
  }
  const visibilitySeconds = Math.max(...app.processes.map(({ deploy }) => visibilitySecondsOf(deploy)))
  return { kind, seed, seconds, visibilitySeconds }
}

const recoveries = async (createRuntime?: CreateRuntime): Promise<readonly Recovery[]> => {
  const all: Recovery[] = []
  for (const [kind, { seeds }] of Object.entries(kinds))
    for (let seed = 1; seed <= seeds; seed += 1) all.push(await recoveryOf(kind as keyof typeof kinds, seed, createRuntime))
  return all
}

const late = ({ seconds, visibilitySeconds }: Recovery): boolean => seconds > 2 * visibilitySeconds

/** The real runtime, whose returned messages are hidden for other times. */
const hiding =
  (secondsOf: (seconds: number) => number): CreateRuntime =>
  (process, host) => {
    const { mailbox } = host
    const hide: typeof mailbox.hide = (hidden) => mailbox.hide(hidden.map((one) => ({ ...one, seconds: secondsOf(one.seconds) })))
    return realRuntime(process, { ...host, mailbox: { ...mailbox, hide } })
  }

describe('once faults stop', () => {
  test('all is done within twice the visibility timeout', async () => {
    const all = await recoveries()
    process.stdout.write(`recovery: ${all.length} worlds, ${Math.max(...all.map(({ seconds }) => seconds))} s at most\n`)
    expect(all.filter(late)).toEqual([])
    // Worlds in which something had to be made good, and long ones among them.
    expect(all.filter(({ seconds }) => seconds > 60).length).toBeGreaterThan(10)
  }, 60_000)

  test('a runtime that hides for a quarter of an hour what came in vain is found out', async () => {
    const sluggish = hiding((seconds) => (seconds > 60 ? backoffSecondsMax : seconds))
    let found = false
    for (let seed = 1; seed <= 30 && !found; seed += 1) found = late(await recoveryOf('choreography', seed, sluggish))
    expect(found).toBe(true)
  }, 60_000)
})
