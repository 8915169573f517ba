// How long it takes, once faults have stopped, until all that was under way is done: I5 with a figure.
import { describe, expect, test } from '@jest/globals'
import { backoffSecondsMax } from '../../lib/core/backoff.ts'
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
  /** How often a queue message had come when the faults ended: the most of those that came once more. */
  readonly receives: number
  /** What the worlds' queues have: six times the longest timeout of their functions. */
  readonly visibilitySeconds: number
}

const lookedAtSeconds = 5
const hopelessSeconds = 7200
/** Copies and late receives that were drawn before the faults end come minutes after it: as faults they end only then. */
const overAtOnce = { duplicate: 0, late: 0 }

const recoveryOf = async (kind: keyof typeof kinds, seed: number, createRuntime = realRuntime): Promise<Recovery> => {
  const { app, workload } = kinds[kind]
  const random = createRandom(seed).stream('recovery')
  const burned = burnedReceives(createRuntime)
  const world = simulate(app, {
    seed,
    faults: { base: 'drawn', ...overAtOnce },
    environmentsMax: random.between(1, 4),
    createRuntime: burned.createRuntime,
  })
  await workload(world, random.stream('workload'))
  await world.advance(random.int(milliseconds('2m')))
  world.calm()
  burned.begin()
  let seconds = 0
  // A timer that comes due later begins something new: what was under way is done once there was a moment with nothing left.
  while (world.check().length > 0 && seconds < hopelessSeconds) {
    await world.advance(lookedAtSeconds * 1000)
    seconds += lookedAtSeconds
  }
  const visibilitySeconds = 6 * Math.max(...app.processes.map(({ deploy }) => deploy.timeoutSeconds))
  return { kind, seed, seconds, receives: burned.receives(), visibilitySeconds }
}

/** How often messages had come before `begin`, told by how often they have come when they come next. */
const burnedReceives = (createRuntime: CreateRuntime) => {
  const met = new Set<string>()
  let begun = false
  let receives = 0
  const counting: CreateRuntime = (process, host) => {
    const runtime = createRuntime(process, host)
    return {
      ...runtime,
      receive: (invocation) => {
        for (const { source, messageId, receiveCount } of begun ? invocation.deliveries : []) {
          const name = `${source} ${messageId}`
          if (!met.has(name)) receives = Math.max(receives, receiveCount - 1)
          met.add(name)
        }
        return runtime.receive(invocation)
      },
    }
  }
  const begin = (): void => {
    begun = true
  }
  return { createRuntime: counting, begin, receives: () => receives }
}

const recoveries = async (createRuntime?: CreateRuntime): Promise<readonly Recovery[]> => {
  const all: Recovery[] = []
  for (const [kind, { seeds }] of Object.entries(kinds))
    for (let seed = 1; seed <= seeds; seed += 1) all.push(await recoveryOf(kind as keyof typeof kinds, seed, createRuntime))
  return all
}

/** How long what is returned for passing trouble hides at most: it goes by how often the message came, through no fault of its own. */
const hiddenSeconds = ({ receives }: Recovery): number => Math.min(backoffSecondsMax, 2 ** receives)
const claimed = (one: Recovery): number => one.visibilitySeconds + Math.max(one.visibilitySeconds, hiddenSeconds(one))

describe('once faults stop', () => {
  test('all is done within twice the visibility timeout, or within it and the backoff of what had come so often that it hides longer', async () => {
    const all = await recoveries()
    const [often, few] = [true, false].map((isOften) =>
      all.filter((one) => hiddenSeconds(one) > one.visibilitySeconds === isOften),
    ) as [Recovery[], Recovery[]]
    const told = [few, often].map((some) => `${some.length} worlds, ${Math.max(...some.map(({ seconds }) => seconds))} s at most`)
    process.stdout.write(`recovery: ${told[0]}; where a message had come more than seven times ${told[1]}\n`)
    expect(all.filter((one) => one.seconds > claimed(one))).toEqual([])
    // Worlds in which something had to be made good, and long ones among them.
    expect(few.filter(({ seconds }) => seconds > 60).length).toBeGreaterThan(10)
    expect(often.length).toBeGreaterThan(0)
  }, 60_000)

  test('a runtime that hides what it returns for hours is found out', async () => {
    const sluggish: CreateRuntime = (process, host) => {
      const { mailbox } = host
      const hide: typeof mailbox.hide = (hidden) => mailbox.hide(hidden.map((one) => ({ ...one, seconds: 10_000 })))
      return realRuntime(process, { ...host, mailbox: { ...mailbox, hide } })
    }
    let found = false
    for (let seed = 1; seed <= 10 && !found; seed += 1) {
      const one = await recoveryOf('choreography', seed, sluggish)
      found = one.seconds > claimed(one)
    }
    expect(found).toBe(true)
  }, 60_000)
})
