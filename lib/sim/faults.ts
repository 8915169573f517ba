// What goes wrong, how often, and how often it did. Each seed draws its own mix (swarm testing): a class that is often absent lets others reach further.
import type { Random } from './random.ts'

/** Classes of faults with the probability that a middling seed gives them: per chance to strike, named in the comment. */
const middling = {
  /** The environment dies; drawn before each call leaves and before each answer arrives. */
  crash: 0.004,
  /** The environment stops beyond its visibility timeout and then goes on; drawn as `crash`. */
  zombie: 0.001,
  /** An idle environment is taken away, its warm cache with it; per invocation. */
  recycle: 0.05,
  /** The invocation is throttled: messages were received, nothing ran; per invocation. */
  throttle: 0.04,
  /** The acknowledgement of a message is lost; per message. */
  deleteLost: 0.04,
  /** A message is delivered although it was deleted or is under way (standard queues), or a client sends its key again; per message. */
  duplicate: 0.05,
  /** A read fails; per read. */
  readLost: 0.01,
  /** A write fails before it reaches the table; per write. */
  writeLostBefore: 0.02,
  /** A write happens, and its answer is lost; per write. */
  writeLostAfter: 0.03,
  /** An eventually consistent read shows what was true before the last write; per read. */
  staleView: 0.2,
  /** A batch send fails before it reaches the queue; per batch. */
  sendLostBefore: 0.02,
  /** A batch send arrives, and its answer is lost; per batch. */
  sendLostAfter: 0.03,
  /** An entry of a batch send is refused; per entry. */
  sendPartial: 0.04,
  /** A change of visibility is lost; per call. */
  hideLost: 0.1,
  /** A handler throws; per run. */
  handlerThrows: 0.03,
  /** A handler never returns, until the function's timeout kills it; per run. */
  handlerHangs: 0.002,
  /** A message makes its handler throw every time; per message. Only where a plan asks for it: what is set aside, users' claims must know of. */
  poison: 0,
  /** A queue or a table refuses everything for some minutes; per process and run of the world. */
  outage: 0.1,
} as const

export type FaultClass = keyof typeof middling
export const faultClasses = Object.keys(middling) as readonly FaultClass[]

/** Probabilities by class, and how far clocks of environments are off, ms. */
export type FaultPlan = { readonly [C in FaultClass]: number } & { readonly skewMs: number }

const planOf = (probability: (fault: FaultClass) => number, skewMs: number): FaultPlan => ({
  ...(Object.fromEntries(faultClasses.map((fault) => [fault, probability(fault)])) as { [C in FaultClass]: number }),
  skewMs,
})

export const noFaults: FaultPlan = planOf(() => 0, 0)

/** A mix of its own for each seed: every class absent, middling or four times that. */
export const drawFaults = (random: Random): FaultPlan =>
  planOf((fault) => random.pick([0, middling[fault], middling[fault], 4 * middling[fault]]), random.pick([0, 500, 60_000]))

export type FaultCounts = { [C in FaultClass]: { injected: number; bit: number } }

export const noCounts = (): FaultCounts =>
  Object.fromEntries(faultClasses.map((fault) => [fault, { injected: 0, bit: 0 }])) as FaultCounts

export interface Faults {
  readonly plan: FaultPlan
  readonly counts: FaultCounts
  /**
   * Whether this fault strikes now; counts it. Never once stopped.
   * @param site what it would strike: an environment, a message, a queue. Each has chance of its own, so that a strike that is left out
   *   at one site moves none at another.
   */
  readonly strikes: (fault: FaultClass, site?: string) => boolean
  /** A fault that struck had consequences: something had to be made good. */
  readonly bit: (fault: FaultClass) => void
  /** A fault was injected without being drawn, with consequences. */
  readonly happened: (fault: FaultClass) => void
  /** From now on nothing goes wrong any more, and clocks stay as they are. */
  readonly stop: () => void
  readonly active: () => boolean
}

// These are felt by whatever they strike, at once.
const alwaysBite: ReadonlySet<FaultClass> = new Set([
  'recycle',
  'readLost',
  'writeLostBefore',
  'sendLostBefore',
  'sendPartial',
  'hideLost',
  'handlerThrows',
  'handlerHangs',
])

/** A fault that was drawn. */
export interface Strike {
  readonly fault: FaultClass
  readonly site: string
  /** The same in each run of the seed that reaches it. */
  readonly id: string
}

export interface FaultOptions {
  /** Ids of the strikes that may happen; default all. */
  readonly only?: ReadonlySet<string>
  /** Hears of each strike as it happens. */
  readonly struck?: (strike: Strike) => void
}

export const createFaults = (plan: FaultPlan, random: Random, { only, struck }: FaultOptions = {}): Faults => {
  const counts = noCounts()
  const dice = Object.fromEntries(faultClasses.map((fault) => [fault, diceOf(random.stream(fault))])) as {
    [C in FaultClass]: Dice
  }
  let active = true
  const bit = (fault: FaultClass): void => {
    counts[fault].bit += 1
  }
  const happened = (fault: FaultClass): void => {
    counts[fault].injected += 1
    bit(fault)
  }
  return {
    plan,
    counts,
    strikes: (fault, site = '') => {
      if (!active || plan[fault] === 0) return false
      const die = dice[fault](site)
      die.thrown += 1
      if (!die.random.chance(plan[fault])) return false
      if (only !== undefined || struck !== undefined) {
        const id = `${fault} ${site} ${die.thrown}`
        if (only?.has(id) === false) return false
        struck?.({ fault, site, id })
      }
      if (alwaysBite.has(fault)) happened(fault)
      else counts[fault].injected += 1
      return true
    },
    bit,
    happened,
    stop: () => {
      active = false
    },
    active: () => active,
  }
}

interface Die {
  readonly random: Random
  thrown: number
}
/** The die of each site. */
type Dice = (site: string) => Die

const diceOf = (random: Random): Dice => {
  const dice = new Map<string, Die>()
  return (site) => {
    const known = dice.get(site)
    if (known !== undefined) return known
    const die = { random: random.stream(site), thrown: 0 }
    dice.set(site, die)
    return die
  }
}
