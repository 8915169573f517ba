// What goes wrong, how often, and how often it did. Each seed draws its own mix (swarm testing): a class that is often absent lets others reach further.
import { hashText, type Random } from './random.ts'

// Globals are looked up slowly in the contexts that tests run in, and this is called for every chance to strike.
const { imul } = Math

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
  /** A message is delivered although it was deleted or is under way (standard queues), a schedule fires twice, or a client sends or asks its key again; per message. */
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
  /** A call is under way for minutes: the function's timeout comes first, and the call arrives after it; per call. */
  slow: 0.001,
  /** A queue hands out nothing for some minutes, or a schedule fires minutes after its time; per receive that would bring something, per schedule. */
  late: 0.01,
  /** A queue keeps no order where it promises none; per queue and run of the world. */
  reordered: 0.7,
  /** An invocation goes to another environment than the one before, so that warm caches grow stale; per invocation. */
  staleCache: 0.3,
  /** What has expired still lies in the table; per item that is met after it has. */
  lateTtl: 0.5,
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
  /** Old and new code run side by side for some minutes; per process and run of the world that has old code of it. */
  deploy: 0.4,
  /**
   * A mailbox forgets within minutes what it holds: the one way in which a message may get lost; per queue and run of the world.
   * Only where a plan asks for it.
   */
  retention: 0,
  /**
   * SQS moves a message to the dead-letter queue after a few receives, not a thousand, and a person redrives it later: order may have
   * passed it by; per queue and run of the world. Only where a plan asks for it.
   */
  givenUp: 0,
  /** A direct call gets lost on its way, or its answer on the way back: whoever asked asks again; per way. */
  callLost: 0.05,
  /** A person redrives what has failed for good, mended or not; per message that is kept as failed. */
  redrive: 0.25,
  /** The code of a flow does not fit its journal, until somebody deploys what does; per flow. Only where a plan asks for it. */
  misfit: 0,
  /**
   * The mailbox of a process, or what brings its timers, refuses whatever processes send, until a person has mended it: deleted, access denied;
   * per queue and run of the world. Only where a plan asks for it.
   */
  refused: 0,
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
  /** From now on nothing is poison, or this message is not: somebody has corrected the code. */
  readonly mend: (key?: string) => void
  readonly isMended: (key: string) => boolean
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
  'late',
  'lateTtl',
  'handlerThrows',
  'handlerHangs',
  'redrive',
])

/** A fault that was drawn. */
export interface Strike {
  readonly fault: FaultClass
  readonly site: string
  /** The same in each run of the seed that reaches it. */
  readonly id: string
}

export interface FaultOptions {
  /** Ids of the strikes that happen, whatever the plan says; default what is drawn. */
  readonly only?: ReadonlySet<string>
  /** Hears of each strike as it happens. */
  readonly struck?: (strike: Strike) => void
}

export const createFaults = (plan: FaultPlan, random: Random, { only, struck }: FaultOptions = {}): Faults => {
  const counts = noCounts()
  const dice = Object.fromEntries(faultClasses.map((fault) => [fault, diceOf(random.stream(fault))])) as {
    [C in FaultClass]: ReturnType<typeof diceOf>
  }
  let active = true
  /** `all`, or keys of messages. */
  const mended = new Set<string>()
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
      if (!active || (only === undefined && plan[fault] === 0)) return false
      const { value, number } = dice[fault](site)
      if (only === undefined && value >= plan[fault]) return false
      const id = `${fault} ${site} ${number}`
      if (only?.has(id) === false) return false
      struck?.({ fault, site, id })
      if (alwaysBite.has(fault)) happened(fault)
      else counts[fault].injected += 1
      return true
    },
    bit,
    happened,
    mend: (key = 'all') => void mended.add(key),
    isMended: (key) => mended.has('all') || mended.has(key),
    stop: () => {
      active = false
    },
    active: () => active,
  }
}

interface Throw {
  /** Uniform in [0, 1). */
  readonly value: number
  /** How many there were at this site, this one included. */
  readonly number: number
}

/** A sequence of draws for each site, of which nothing is kept but its length: there are as many sites as messages. */
const diceOf = (random: Random): ((site: string) => Throw) => {
  const seed = random.int(2 ** 32)
  const numbers = new Map<string, number>()
  return (site) => {
    const number = (numbers.get(site) ?? 0) + 1
    numbers.set(site, number)
    return { value: hashText(site, imul(seed ^ number, 0x9e3779b9)) / 2 ** 32, number }
  }
}
