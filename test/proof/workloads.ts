// The worlds of the proof: what a seed is asked to do, and what must hold of it besides I1 to I9.
import type { App, Process } from '../../lib/index.ts'
import { noFaults } from '../../lib/sim/faults.ts'
import { attend, type ExploreOptions, type Random, type SimulateOptions, simulate, type World } from '../../lib/sim/index.ts'
import { createRandom } from '../../lib/sim/random.ts'
import { Crowd, chatter, North, onlyPoisonFails, South, talkAtRandom } from '../sim/chatter.ts'
import { conserved, app as shop, shopping } from '../sim/choreography.ts'
import { generated } from '../sim/generator.ts'
import { keep, shelfClaims, shelves } from '../sim/shelves.ts'
import { cornerClaims, corners, haul, hibernate, shelve, wander } from './corners.ts'
import { deskClaims, desks, queue } from './desks.ts'
import { runningOn } from './engines.ts'
import type { Planted } from './mutant.ts'
import { givesUp, pay, paymentClaims, payments } from './payments.ts'
import { gateClaims, pour, rateClaims, rates } from './rates.ts'
import { correspond, refusalClaims, refusals } from './refusals.ts'
import { callThrough, environmentsMax, serve, serviceClaims, services } from './services.ts'
import { steady, withinBudget } from './steady.ts'
import { stopClaims, stops, stumble } from './stops.ts'
import { remind, timerClaims, timers } from './timers.ts'
import { earlierTrips, halts, hesitate, nobodyDies, squalls, travel, tripClaims, trips } from './trips.ts'
import { nurseThem, wardClaims, wards } from './wards.ts'

interface Workload
  extends Required<Pick<ExploreOptions, 'workload' | 'faults' | 'invariants'>>,
    Pick<ExploreOptions, 'earlier' | 'operator'>,
    Pick<SimulateOptions, 'environmentsMax'> {
  readonly app: App | readonly Process[]
}

const talkers = [North, South, Crowd] as const

/** A little of what `talkAtRandom` does much of: most bugs need few messages. */
const murmur = async (world: World, random: Random): Promise<void> => {
  const among = random.pick([1, 2])
  for (let n = random.between(3, 10); n > 0; n -= 1) {
    const options = random.chance(0.5) ? { key: `talk-${n}` } : {}
    world.send(random.pick(talkers), String(random.int(among))).Talk({ left: random.int(4), among }, options)
    if (random.chance(0.5)) await world.advance(random.int(60_000))
  }
}

/** One message to each of some instances, at once. */
const crowding = (world: World, random: Random): void => {
  const talker = random.pick(talkers)
  for (let n = random.between(4, 9); n > 0; n -= 1) world.send(talker, String(n)).Talk({ left: 0, among: 1 })
}

/** So many to one instance that whoever commits is overtaken again and again. */
const thronging = async (world: World, random: Random): Promise<void> => {
  for (let n = random.between(60, 120); n > 0; n -= 1) {
    world.send(Crowd, '0').Talk({ left: 0, among: 1 })
    await world.advance(random.int(30))
  }
}

const published = (world: World): readonly string[] =>
  talkers.flatMap((talker) =>
    Object.entries(world.states()[talker.name] ?? {}).flatMap(([id, state]) =>
      world.view(talker, id)?.heard === (state as { heard: number }).heard
        ? []
        : [`${talker.name}/${id} publishes an older state`],
    ),
  )
const talking = { 'what is published is of the newest state': published }

/** For worlds in which none but the poison may end an environment: what dies often enough has failed by right. */
const nothingDies = { crash: 0, zombie: 0, slow: 0 } as const

/** For worlds in which no handler fails by the plan, and no queue forgets or gives up what waits. */
const nothingFails = { handlerThrows: 0, handlerHangs: 0, poison: 0, givenUp: 0, retention: 0 } as const

/** What is written ahead of a try stays there where a write is in trouble, and the try counts. */
const cloudServes = {
  writeLostBefore: 0,
  writeLostAfter: 0,
  sendLostBefore: 0,
  sendLostAfter: 0,
  sendPartial: 0,
  outage: 0,
} as const

export const workloads = {
  /** Three orders of the reference app. */
  orders: { app: shop, workload: shopping(3), faults: {}, invariants: { 'money and stock are conserved': conserved } },
  /** Ten orders, which meet. */
  shop: { app: shop, workload: shopping(10), faults: {}, invariants: { 'money and stock are conserved': conserved } },
  murmur: { app: chatter, workload: murmur, faults: { givenUp: 0.1 }, invariants: talking },
  chatter: { app: chatter, workload: talkAtRandom, faults: {}, invariants: talking },
  /** Messages that fail for good, and some that kill their environment: no other may suffer, so nothing else kills it. */
  poison: {
    app: chatter,
    workload: murmur,
    faults: { poison: 0.05, ...nothingDies },
    invariants: { ...talking, 'only poison fails': onlyPoisonFails },
  },
  /** More environments than anywhere else, which race for one instance. */
  throng: { app: chatter, workload: thronging, faults: {}, invariants: talking, environmentsMax: 16 },
  corners: { app: corners, workload: wander, faults: {}, invariants: cornerClaims },
  hibernation: { app: corners, workload: hibernate, faults: {}, invariants: cornerClaims },
  /** Much of what is sent is refused in part. */
  freight: { app: corners, workload: haul, faults: { sendPartial: 0.2, sendLostBefore: 0.1 }, invariants: cornerClaims },
  /** Much of what is handled throws, so that records are written whose state stays. */
  shelves: { app: corners, workload: shelve, faults: { handlerThrows: 0.3, hideLost: 0 }, invariants: cornerClaims },
  /** Half of all writes fail: what is begun often comes to no end. */
  storm: {
    app: chatter,
    workload: murmur,
    faults: { ...nothingDies, handlerHangs: 0, writeLostBefore: 0.45 },
    invariants: { ...talking, 'only poison fails': onlyPoisonFails },
  },
  /** Queues and tables fail for minutes, and answers of theirs get lost: no attempt may be burned by it. */
  trouble: {
    app: chatter,
    workload: murmur,
    faults: { poison: 0.01, ...nothingDies, outage: 0.6, writeLostBefore: 0.1, writeLostAfter: 0.3 },
    invariants: { ...talking, 'only poison fails': onlyPoisonFails },
  },
  /** Batches of many instances, with messages among them that kill their environment. */
  plague: {
    app: chatter,
    workload: crowding,
    faults: { poison: 0.2, ...nothingDies, handlerHangs: 0 },
    invariants: { ...talking, 'only poison fails': onlyPoisonFails },
  },
  /** Instances that stand still, and a person who redrives, edits and discards. */
  stops: { app: stops, workload: stumble, faults: { poison: 0.02, redrive: 0.5 }, invariants: stopClaims },
  /** As before, where much that kills its environment is redriven before it is mended. */
  relapse: {
    app: stops,
    workload: stumble,
    faults: { poison: 0.3, redrive: 1, ...nothingDies, handlerHangs: 0 },
    invariants: stopClaims,
  },
  /** Queues that refuse for good what is sent, until a person has mended them. */
  refusals: {
    app: refusals,
    workload: correspond,
    faults: { refused: 0.4, redrive: 0.5, poison: 0.02 },
    invariants: refusalClaims,
  },
  /** Instances that are monitored and supervised. */
  wards: { app: wards, workload: nurseThem, faults: { redrive: 0.3, outage: 0.02 }, invariants: wardClaims },
  /** As `stops`, where SQS gives up what sets a drain going: order may have passed it by. */
  strays: {
    app: stops,
    workload: stumble,
    faults: { poison: 0.02, redrive: 0.5, givenUp: 0.4 },
    invariants: { ...stopClaims, 'pages of a scribe are in its order': () => true },
  },
  /** Timers that are set, replaced and cancelled, short and long ones. */
  // A timer that failed is redriven although it was cancelled since: its tallies are for worlds without.
  timers: { app: timers, workload: remind, faults: { redrive: 0 }, invariants: timerClaims },
  /** Calls among processes, with deadlines, refusals and late answers. */
  payments: { app: payments, workload: pay, faults: { redrive: 0 }, invariants: paymentClaims, operator: givesUp },
  /** Calls from outside whose answer somebody waits for. */
  desks: { app: desks, workload: queue, faults: {}, invariants: deskClaims },
  /** As before, where calls to the cloud are under way for minutes. */
  latecomers: { app: desks, workload: queue, faults: { slow: 0.05, zombie: 0 }, invariants: deskClaims },
  /** Rows that are written, deleted, read and ended, beside the same in the state. */
  rows: { app: shelves, workload: keep(0.05), faults: { redrive: 0 }, invariants: shelfClaims },
  /** As before, where much comes to its end and begins anew. */
  rowsGone: { app: shelves, workload: keep(0.3), faults: { redrive: 0 }, invariants: shelfClaims },
  /** As before, where calls to the cloud are under way for minutes, and much is written twice. */
  rowsLate: {
    app: shelves,
    workload: keep(0.05),
    faults: { redrive: 0, slow: 0.03, zombie: 0.01, writeLostAfter: 0.1, staleCache: 0.8 },
    invariants: shelfClaims,
  },
  /** Flows that do all that flows can, some begun by the code of an earlier deploy. */
  trips: { app: trips, workload: travel, faults: {}, invariants: tripClaims, earlier: earlierTrips },
  /** Steps and messages that fail for good, and some that kill their environment. */
  perils: { app: trips, workload: travel, faults: { poison: 0.05, ...nothingDies }, invariants: tripClaims },
  /** Flows whose instance stands still on what fails for good, and on code of another deploy, until a person redrives it. */
  halts: {
    app: halts,
    workload: hesitate,
    faults: { misfit: 0.1, poison: 0.02, ...nothingDies },
    invariants: tripClaims,
  },
  /** Reads and writes fail and nobody dies of it: no try of a flow may be burned. */
  squalls: {
    app: squalls,
    workload: travel,
    faults: { ...nothingDies, poison: 0, handlerHangs: 0, outage: 0, writeLostBefore: 0.15, writeLostAfter: 0.05, readLost: 0.1 },
    invariants: { ...tripClaims, 'nobody is held for dead': nobodyDies },
  },
  /** Nothing goes wrong: then a step is done once. */
  outings: { app: trips, workload: travel, faults: noFaults, invariants: tripClaims, environmentsMax: 1 },
  /** Storms against rates, and all that can go wrong meanwhile; but what SQS gives up comes out of its order. */
  rates: { app: rates, workload: pour, faults: { givenUp: 0 }, invariants: rateClaims },
  /** As before, where neither handlers nor calls of the cloud fail: then no message may need a second try. */
  gates: {
    app: rates,
    workload: pour,
    faults: { ...nothingDies, ...nothingFails, ...cloudServes, readLost: 0, staleCache: 0.3 },
    invariants: gateClaims,
  },
  /** A service outside that is down for minutes, and reads that fail by themselves. */
  services: {
    app: services,
    workload: serve,
    faults: { ...nothingDies, ...nothingFails, ...cloudServes, recycle: 0, readLost: 0.15 },
    invariants: serviceClaims,
    environmentsMax,
  },
  /** A program of its own for each seed, some of them with the code of an earlier deploy. */
  program: (seed: number) => {
    const { processes, ...rest } = generated(seed)
    return { app: processes, ...rest }
  },
  /** Nothing goes wrong, and every call is counted. */
  steady: { app: corners, workload: steady, faults: noFaults, invariants: withinBudget, environmentsMax: 1 },
} satisfies { readonly [name: string]: Workload | ((seed: number) => Workload) }

export type WorkloadName = keyof typeof workloads

const faultsMsMax = 3_600_000

/** Builds one seed's world and runs it: the workload under faults, some time more of them, then calm until it is quiet. */
export const runWorld = async (
  name: WorkloadName,
  seed: number,
  {
    engine,
    through,
    ...options
  }: Pick<SimulateOptions, 'createRuntime' | 'keepLines'> & Partial<Pick<Planted, 'engine' | 'through'>> = {},
): Promise<{ readonly world: World; readonly violations: readonly string[] }> => {
  callThrough(through)
  const kind: Workload | ((seed: number) => Workload) = workloads[name]
  const { app, workload, faults, invariants, earlier, environmentsMax, operator } = typeof kind === 'function' ? kind(seed) : kind
  const random = createRandom(seed).stream('exploration')
  const environments = random.between(1, 4)
  const processes = 'processes' in app ? app.processes : app
  const world = simulate(processes.map(runningOn(engine)), {
    seed,
    faults: { base: 'drawn', ...faults },
    environmentsMax: environmentsMax ?? environments,
    ...(earlier !== undefined && { earlier: earlier.map(runningOn(engine)) }),
    ...options,
  })
  await workload(world, random.stream('workload'))
  await world.advance(random.int(faultsMsMax))
  world.calm()
  await world.run()
  await attend(world, random.stream('operator'), { discards: true, ...operator })
  return { world, violations: [...world.check(), ...broken(world, invariants)] }
}

const broken = (world: World, invariants: Workload['invariants']): readonly string[] =>
  Object.entries(invariants).flatMap(([claim, holds]) => {
    try {
      const said = holds(world)
      if (said === true) return []
      return said === false ? [claim] : said.map((one) => `${claim}: ${one}`)
    } catch (thrown) {
      // A record that cannot be read any more, for one.
      return [`${claim}: ${String(thrown)}`]
    }
  })
