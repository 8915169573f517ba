// Makes a failing run smaller while it still fails: fewer sends, fewer faults, in a bounded number of runs. The same failure shrinks to the same run.
import { classOf, type Plan } from './plan.ts'

/** What one run of a plan came to. */
export interface Trial {
  /** Whether it breaks the same claim. */
  readonly broken: boolean
  /** What struck in it: with these the run is the same. */
  readonly strikes: readonly string[]
  /** What the run cost. */
  readonly events: number
}

export interface ShrinkOptions {
  readonly attempt: (plan: Plan) => Promise<Trial>
  /** Runs at most. */
  readonly runsMax: number
  /** Events in all runs together at most, give or take one run. */
  readonly eventsMax: number
}

/** A failing plan whose strikes are known. */
export type Failing = Plan & { readonly strikes: readonly string[] }

/** Other schedules that are tried where a smaller run does well under its own: what happens first there may happen second here. */
const schedulesMax = { few: 12, many: 3 } as const
const fewSends = 6
/** A smaller run has fewer chances for the fault that matters: it is drawn the more often. */
const timesMore = [1, 5, 25] as const

/** @returns the smallest failing plan found, and how many runs it took; `first` itself if none is smaller */
export const shrink = async (
  first: Failing,
  { attempt, runsMax, eventsMax }: ShrinkOptions,
): Promise<{ readonly plan: Failing; readonly runs: number }> => {
  let best = first
  let runs = 0
  let events = 0

  /** Takes over the first of some plans that fails, and has fewer sends or strikes. */
  const take = async (plans: Iterable<Plan>): Promise<boolean> => {
    for (const plan of plans) {
      if (runs >= runsMax || events >= eventsMax) return false
      const trial = await attempt(plan)
      runs += 1
      events += trial.events
      if (!trial.broken || sizeOf({ ...plan, strikes: trial.strikes }) >= sizeOf(best)) continue
      best = { ...plan, strikes: trial.strikes }
      return true
    }
    return false
  }

  const classes = [...new Set(first.strikes.map(classOf))]
  function* elsewhere(sends: readonly number[], of: readonly string[], most: number): Generator<Plan> {
    for (let n = 1; n <= most; n += 1) {
      const times = timesMore[n % timesMore.length] ?? 1
      yield { schedule: first.schedule + n, sends, strikes: of.length === 0 ? [] : { of, times } }
    }
  }
  function* withSends(sends: readonly number[]): Generator<Plan> {
    yield { ...best, sends }
    yield* elsewhere(
      sends,
      [...new Set(best.strikes.map(classOf))],
      sends.length > fewSends ? schedulesMax.many : schedulesMax.few,
    )
  }
  function* withoutFaults(): Generator<Plan> {
    for (let n = 0; n <= schedulesMax.few; n += 1) yield { ...best, schedule: first.schedule + n, strikes: [] }
  }

  function* withOneClass(): Generator<Plan> {
    if (best.strikes.length < 2) return
    for (const one of classes) yield { ...best, strikes: first.strikes.filter((id) => classOf(id) === one) }
    for (const one of classes) yield* elsewhere(best.sends, [one], schedulesMax.many)
  }

  await take(withoutFaults())
  await take(withOneClass())
  for (let before = Number.POSITIVE_INFINITY; sizeOf(best) < before; ) {
    before = sizeOf(best)
    await reduce(
      () => best.strikes,
      (strikes) => take([{ ...best, strikes }]),
    )
    await reduce(
      () => best.sends,
      (sends) => take(withSends(sends)),
    )
    await take(withOneClass())
  }
  return { plan: best, runs }
}

const sizeOf = ({ sends, strikes }: Failing): number => sends.length * 1000 + strikes.length

// Delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input"), by complements: large parts first.
const reduce = async <T>(parts: () => readonly T[], without: (left: readonly T[]) => Promise<boolean>): Promise<void> => {
  for (let size = Math.ceil(parts().length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < parts().length; ) {
      const left = parts().toSpliced(from, size)
      if (!(await without(left))) from += size
    }
  }
}
