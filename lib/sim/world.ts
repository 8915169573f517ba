// A world: an app on a simulated cloud, with the real runtime, in virtual time, from a seed.
import type { App } from '../core/app.ts'
import type { Callers, Contract, Seen, Senders, ViewOf } from '../core/contract.ts'
import type { Blueprint, Process } from '../core/definition.ts'
import { milliseconds } from '../core/duration.ts'
import { Misconfigured } from '../core/errors.ts'
import type { Out, Schema } from '../core/schema.ts'
import { guardFlows } from '../runtime/flow-guard.ts'
import { createRuntime as realRuntime } from '../runtime/runtime.ts'
import { clientOf, mailboxOf, takesPlace } from './client.ts'
import { type CreateRuntime, createCloud } from './cloud.ts'
import { createFaults, drawFaults, type FaultCounts, type FaultPlan, noFaults, type Strike } from './faults.ts'
import { violationsIn } from './invariants.ts'
import { createLedger } from './ledger.ts'
import { lookInto } from './look.ts'
import { newPlay, type Play } from './plan.ts'
import { createRandom, type Random } from './random.ts'
import { createRateBook } from './rate-book.ts'
import { type Calls, noCalls, type Stage } from './stage.ts'
import { recording, type Sent, sentOf } from './story.ts'
import { createTime } from './time.ts'
import { createTrace } from './trace.ts'
import { createTurns, eventsMax } from './turns.ts'

export interface SimulateOptions {
  /** Any integer; the same seed gives the same run. Default 1. */
  readonly seed?: number
  /** `drawn`: a mix that the seed draws. Single probabilities may be given; others are then as in `base`. Default: nothing goes wrong. */
  readonly faults?: 'drawn' | (Partial<FaultPlan> & { readonly base?: 'drawn' })
  /** Execution environments of one process at once. Default 4. */
  readonly environmentsMax?: number
  /** Keeps the trace as lines. */
  readonly keepLines?: boolean
  /** Code that was deployed before, of some of the processes: the fault `deploy` lets both run at once. */
  readonly earlier?: readonly Blueprint[]
  /** Another runtime than Gavotte's own. */
  readonly createRuntime?: CreateRuntime
}

/** The states of all instances that have one: by process, then by instance. */
export interface States {
  readonly [process: string]: { readonly [instance: string]: unknown }
}

/** A message that failed for good. */
export interface Failed {
  readonly process: string
  readonly instance: string
  readonly id: string
  readonly type: string | undefined
  /** Undefined where it is no envelope, or too long for one item. */
  readonly body: unknown
  readonly code: string
  readonly reason: string
  /** Whether the fault plan made it fail. */
  readonly planned: boolean
  /** Whether its instance stands still on it. */
  readonly parked: boolean
  /** How often it had failed for good before. */
  readonly round: number
}

/** What was done about a message that failed for good. */
export interface Resolved extends Failed, Remark {
  readonly how: 'redriven' | 'discarded'
  /** ms since 1970, by the clock of whoever did it. */
  readonly at: number
}

/** A message that failed for good, by what names it: one of `world.failed()`. */
export type FailedRef = Pick<Failed, 'process' | 'instance' | 'id'>

/** For the books: who did it, and why. */
export interface Remark {
  readonly by?: string
  readonly why?: string
}

/** The states of some processes by name, where their types are known. */
type StatesOf<P extends Blueprint> = { readonly [N in P['contract']['name']]: Out<Extract<P, Blueprint<Contract<N>>>['state']> }

/** `S`: the state of each process by name. */
export interface World<S = { readonly [process: string]: unknown }> {
  readonly seed: number
  readonly now: () => Date
  /** Sends from outside, now: `world.send(Order, '42').Place({ … }, { key: 'click-1' })`. Without a key it is a new message each time. */
  readonly send: <C extends Contract>(to: C, id: string) => Senders<C['messages'], { readonly key?: string }, void>
  /**
   * Calls from outside and brings the reply: `await world.call(Payment, '1').Balance()`. Time goes on until it is there. Where no answer comes it is
   * asked again, some times, under the same key.
   * @throws CallFailed if the callee refuses, or its handler throws; Transient if no answer came: nobody knows then whether it was done
   */
  readonly call: <C extends Contract>(of: C, id: string) => Callers<C['calls'], { readonly key?: string }>
  /** Asks an instance to give up what it is at. */
  readonly cancel: (to: Contract, id: string) => void
  /** Puts any text on the mailbox of a process, as any tool may. */
  readonly post: (to: Contract, body: string, group: string, deduplication: string) => void
  /** Runs until nothing is left to happen, at most a day where timers are set for later; what never comes to rest is a violation of I5. */
  readonly run: () => Promise<void>
  /** Lets a time pass: `'15m'`, `'2 days'`, or milliseconds. */
  readonly advance: (duration: string | number) => Promise<void>
  /** From now on nothing goes wrong any more; what is poison stays so. */
  readonly calm: () => void
  /** Nothing is poison from now on: the code was corrected. */
  readonly mend: () => void
  /**
   * Tries a message that failed for good again, now, as `gavotte redrive` does: `for (const one of world.failed()) world.redrive(one)`. An
   * instance that stands still on it goes on with it, and then with what waits behind it. With `body` that takes the place of its own.
   */
  readonly redrive: (failed: FailedRef, options?: Remark & { readonly body?: unknown }) => void
  /** Gives up a message that failed for good: an instance that stands still on it goes on with what waits behind it. */
  readonly discard: (failed: FailedRef, options?: Remark) => void
  /** Moves all that is on the dead-letter queue of a process back to its mailbox, as the AWS console does: a redrive of each. */
  readonly moveDeadLetters: (process: string) => void
  /** What an instance has committed: by process, or by contract. Undefined if it was never told anything, or has ended. */
  readonly state: {
    <T extends Schema>(of: Blueprint<Contract, T>, id: string): Out<T> | undefined
    <C extends Contract>(of: C, id: string): S[C['name'] & keyof S] | undefined
  }
  /** The states of all instances, by ascending id: `states(payment).every(({ cents }) => cents >= 0)`; without a process those of all, by name and id. */
  readonly states: {
    (): States
    <T extends Schema>(of: Blueprint<Contract, T>): readonly Out<T>[]
  }
  /** As `states`, with the ids: `for (const [id, state] of world.instances(payment))`. */
  readonly instances: <T extends Schema>(of: Blueprint<Contract, T>) => ReadonlyMap<string, Out<T>>
  /** The rows of an instance as its table has them, by ascending key. */
  readonly rows: (of: Blueprint, id: string) => ReadonlyMap<string, unknown>
  /** What an instance last published. */
  readonly view: <C extends Contract>(of: Seen<C, string>, id: string) => ViewOf<C> | undefined
  /** All messages so far, those from outside too, in the order in which they were sent; timers are none. */
  readonly sent: readonly Sent[]
  /** Messages that failed for good, and nothing was done about them. */
  readonly failed: () => readonly Failed[]
  /** Messages that failed for good, and were redriven or discarded since, once for each time. */
  readonly resolved: () => readonly Resolved[]
  /** Violated invariants, as text; the ones about what is left behind count only once the world is quiet. */
  readonly check: () => readonly string[]
  readonly calls: Calls
  readonly faults: { readonly plan: FaultPlan; readonly counts: FaultCounts }
  /** Messages that were accepted, commits that were made, events that were run. */
  readonly counts: () => { readonly messages: number; readonly commits: number; readonly events: number }
  readonly trace: { readonly hash: () => string; readonly lines: () => readonly string[] }
}

const start = Date.UTC(2026, 0, 1)
/** A world that has not come to rest after so long, or so many events, never will. */
const quietMsMax = 24 * 3600 * 1000
/** Where timers come again and again, it is at rest in between. */
const restMsMax = 3600 * 1000
const environmentsDefault = 4

/**
 * Builds a world of an app, or of some processes.
 * @throws Misconfigured if a process has no code
 */
export const simulate = <P extends Blueprint>(app: App<P> | readonly P[], options: SimulateOptions = {}): World<StatesOf<P>> =>
  createWorld(app, options, newPlay())

/** As `simulate`, and only the part that `play` names. */
export const createWorld = <P extends Blueprint>(
  app: App<P> | readonly P[],
  options: SimulateOptions,
  play: Play,
): World<StatesOf<P>> => {
  guardFlows()
  const processes = ('processes' in app ? app.processes : app).map(withCode)
  const { seed = 1 } = options
  const random = createRandom(seed)
  const stage = stageOf(processes, random, options, play)
  const { time, faults, trace, ledger, calls } = stage
  const cloud = createCloud(stage, {
    processes,
    earlier: (options.earlier ?? []).map(withCode),
    createRuntime: options.createRuntime ?? realRuntime,
    environmentsMax: options.environmentsMax ?? environmentsDefault,
  })
  const look = lookInto(cloud, stage)

  const turns = createTurns(time)

  const run = (): Promise<void> =>
    turns.take(async () => {
      let ending = await time.run({ until: time.now() + quietMsMax, eventsMax })
      if (ending === 'time') ending = await time.run({ until: time.now() + restMsMax, eventsMax, stop: cloud.isAtRest })
      if (ending !== 'quiet' && ending !== 'stopped')
        ledger.violation('I5', `not quiet after ${quietMsMax / 3_600_000} hours or ${eventsMax} events (${ending})`)
    })
  const advance = (duration: string | number): Promise<void> =>
    turns.take(async () => {
      const until = time.now() + milliseconds(duration)
      time.at(until, () => {})
      const ending = await time.run({ until, eventsMax })
      if (ending === 'events') ledger.violation('I5', `${eventsMax} events in ${duration}`)
    })

  return {
    seed,
    now: () => new Date(time.now()),
    ...clientOf(stage, cloud, play, turns),
    post: ({ name: process }, body, group, deduplication) => {
      if (takesPlace(play, play.asked++))
        cloud.accept(mailboxOf(cloud, process, group), { id: '0', body, group, deduplication }, true)
    },
    run,
    advance,
    calm: faults.stop,
    mend: () => faults.mend(),
    moveDeadLetters: (process) => {
      if (takesPlace(play, play.asked++)) cloud.moveDeadLetters(process)
    },
    ...look,
    get sent() {
      return [...ledger.messages()].filter(({ kind }) => kind !== 'timer').map(sentOf)
    },
    check: () => violationsIn(stage, cloud),
    calls,
    faults,
    counts: () => ({ messages: [...ledger.messages()].length, commits: ledger.commits(), events: time.events() }),
    trace,
  }
}

const withCode = (blueprint: Blueprint): Process => {
  if ('behaviour' in blueprint) return blueprint as Process
  throw new Misconfigured(
    'no-code',
    `${blueprint.contract.name} has no handlers here: give simulate() what .handle({ … }) returned`,
  )
}

/** From a token to the handler: calls that are tried again lie in between. */
const beginMsMax = 2000

const stageOf = (
  processes: readonly Process[],
  random: Random,
  { faults = {}, keepLines = false }: SimulateOptions,
  { only, strikes, happenings }: Play,
): Stage => {
  const time = createTime(start)
  const drawn = faults === 'drawn' || faults.base === 'drawn' ? drawFaults(random.stream('plan')) : noFaults
  const { base: _, ...given } = faults === 'drawn' ? {} : faults
  const ordered = new Set(processes.filter(({ deploy }) => deploy.mailbox === 'ordered').map(({ contract }) => contract.name))
  const struck = (strike: Strike): void => {
    strikes.push(strike)
    recorded?.struck(strike)
  }
  const plan = { ...drawn, ...given }
  const stage = {
    time,
    random,
    faults: createFaults(plan, random.stream('faults'), { struck, ...(only !== undefined && { only }) }),
    trace: createTrace(time, keepLines),
    ledger: createLedger(
      (process) => ordered.has(process),
      receivedBy(processes),
      (process) => processes.find(({ contract }) => contract.name === process)?.rows,
    ),
    rates: createRateBook(2 * plan.skewMs + beginMsMax, plan.zombie > 0 || plan.slow > 0),
    calls: noCalls(),
  }
  const recorded = happenings && recording(stage, happenings)
  return recorded?.stage ?? stage
}

const receivedBy = (processes: readonly Process[]) => {
  const reactions = new Map(processes.map(({ contract, behaviour }) => [contract.name, behaviour.on]))
  return (process: string, type: string): boolean => {
    const on = reactions.get(process) ?? {}
    const reaction = Object.hasOwn(on, type) ? on[type] : undefined
    return typeof reaction === 'object' && reaction.kind === 'receives'
  }
}
