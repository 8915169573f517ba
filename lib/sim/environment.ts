// One Lambda execution environment: it runs one invocation at a time, is frozen in between, dies, stops for minutes and goes on.
//
// Every call that leaves it passes through `request`, which is where crashes and zombies strike: before the call leaves, while it is
// under way, and before its answer arrives. What is awaited in a dead environment never resolves.
import type { FaultClass } from './faults.ts'
import type { Random } from './random.ts'
import type { Stage } from './stage.ts'

/** How an invocation looks from outside: what it returned, or nothing is known. `fault`: what is to blame, if it is known. */
export type Outcome<T> =
  | { readonly kind: 'returned'; readonly value: T }
  | { readonly kind: 'failed'; readonly fault?: FaultClass }

export type Death = 'crash' | 'timeout' | 'recycled' | 'given up' | 'handler'

export interface Environment {
  readonly name: string
  readonly random: Random
  /** This environment's clock, ms since 1970. */
  readonly now: () => number
  /** A call over the network: `perform` runs when it arrives, if it does; what it throws is the answer. */
  readonly request: <T>(perform: () => T) => Promise<T>
  /** Runs `act` later, unless the environment is dead by then; while it is frozen or stopped, `act` waits. */
  readonly later: (ms: number, act: () => void) => void
  /** @param run what the function does, given when its time is up on its own clock */
  readonly invoke: <T>(run: (deadline: number) => Promise<T>, done: (outcome: Outcome<T>) => void) => void
  /** How many so far. */
  readonly invocations: () => number
  readonly kill: (why: Death) => void
  /** As Lambda sees it: `gone` also while a zombie goes on in it. */
  readonly state: () => 'idle' | 'busy' | 'gone'
}

export interface EnvironmentOptions {
  readonly name: string
  readonly timeoutMs: number
  readonly visibilityMs: number
}

const latencyMs = { least: 2, most: 15 } as const
/** A zombie goes on at most this long after its messages were visible again. */
const zombieMsMax = 600_000
/** A call that is slow arrives at most this long after the function's timeout. */
const slowMsMax = 600_000

export const createEnvironment = (stage: Stage, { name, timeoutMs, visibilityMs }: EnvironmentOptions): Environment => {
  const { time, faults, trace, ledger } = stage
  const random = stage.random.stream(`environment ${name}`)
  const skew = Math.round((random.next() * 2 - 1) * faults.plan.skewMs)
  const waiting: (() => void)[] = []
  let state: 'idle' | 'busy' | 'gone' = 'idle'
  let dead = false
  let stoppedUntil = 0
  let zombie = false
  let bitten = false
  let ended: ((why: Death) => void) | undefined

  const kill = (why: Death): void => {
    if (dead) return
    dead = true
    state = 'gone'
    trace.note('dies', name, why)
    ended?.(why)
  }

  const resume = (act: () => void): void => {
    if (dead) return
    if (state === 'idle') waiting.push(act)
    else if (time.now() < stoppedUntil) time.at(stoppedUntil, () => resume(act))
    else act()
  }
  const later = (ms: number, act: () => void): void => time.after(ms, () => resume(act))

  /** Whether the environment is still there to go on; it may stop for minutes first. */
  const survives = (): boolean => {
    if (faults.strikes('crash', name)) {
      kill('crash')
      return false
    }
    if (faults.strikes('zombie', name)) {
      zombie = true
      stoppedUntil = time.now() + visibilityMs + random.int(zombieMsMax)
      trace.note('stops', name)
    }
    return true
  }
  // A zombie bites once, when it acts after its messages were given to others.
  const bite = (): void => {
    if (!bitten) faults.bit('zombie')
    bitten = true
  }
  const latency = (): number => random.between(latencyMs.least, latencyMs.most)

  const request = <T>(perform: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      if (dead || !survives()) return
      const slow = faults.strikes('slow', name)
      const arrive = (): void => {
        // What a dead environment has sent may have been on its way already.
        if (dead && !slow && random.chance(0.5)) return
        if (slow && dead) faults.bit('slow')
        if (zombie && state === 'gone') bite()
        let settle: () => void
        try {
          const answer = perform()
          settle = () => resolve(answer)
        } catch (thrown) {
          settle = () => reject(thrown)
        }
        later(latency(), () => {
          if (survives()) resume(settle)
        })
      }
      const underWay = latency() + (slow ? timeoutMs + random.int(slowMsMax) : 0)
      time.at(Math.max(stoppedUntil, time.now() + underWay), arrive)
    })

  let invocations = 0
  const invoke = <T>(run: (deadline: number) => Promise<T>, done: (outcome: Outcome<T>) => void): void => {
    state = 'busy'
    invocations += 1
    let open = true
    const finish = (outcome: Outcome<T>): void => {
      if (!open) return
      open = false
      ended = undefined
      done(outcome)
    }
    ended = (why) => finish({ kind: 'failed', ...(why === 'crash' && { fault: why }) })
    time.after(timeoutMs, () => {
      if (!open) return
      if (zombie) state = 'gone'
      else kill('timeout')
      finish({ kind: 'failed' })
    })
    const end = (outcome: Outcome<T>): void => {
      // An environment whose invocation was given up is not used again.
      if (dead || !open) return kill('given up')
      state = 'idle'
      finish(outcome)
    }
    for (const act of waiting.splice(0)) resume(act)
    run(time.now() + skew + timeoutMs).then(
      (value) => end({ kind: 'returned', value }),
      (thrown: unknown) => {
        ledger.failedInvocation(name, thrown)
        end({ kind: 'failed' })
      },
    )
  }

  return {
    name,
    random,
    now: () => time.now() + skew,
    request,
    later,
    invoke,
    invocations: () => invocations,
    kill,
    state: () => state,
  }
}
