// Which part of a seed's run is played, and under which chance: what a failing run is made smaller by.
import { type FaultPlan, faultClasses, type Strike } from './faults.ts'
import type { Happening } from './story.ts'

/** A run of one seed: all of it, or what is left when sends and faults are taken out. */
export interface Plan {
  /** Seed of everything but the workload: in which order things happen, how long they take, where faults strike. */
  readonly schedule: number
  /** Sends of the workload that take place, by number from 0, ascending. */
  readonly sends: readonly number[]
  /** Ids of the strikes that happen, and `skew` and `poison` where those may be; or from which classes they are drawn. */
  readonly strikes: readonly string[] | Drawn
}

export interface Drawn {
  /** Classes of faults, `skew` and `poison` among them. */
  readonly of: readonly string[]
  /** How many times as often as in the seed's own run. */
  readonly times: number
}

/** The class of a strike, by its id. */
export const classOf = (strike: string): string => strike.slice(0, `${strike} `.indexOf(' '))

/** What one run is given besides its seed, and what it leaves. */
export interface Play {
  /** Sends that take place; default all. */
  readonly sends?: ReadonlySet<number>
  /** Strikes that happen; default what is drawn. */
  readonly only?: ReadonlySet<string>
  /** What struck, filled as it happens. */
  readonly strikes: Strike[]
  /** What happened, filled as it does; where it is missing, nothing is recorded. */
  readonly happenings?: Happening[]
  /** Sends that the workload asked for. */
  asked: number
}

export const newPlay = (): Play => ({ strikes: [], asked: 0 })

export const playOf = ({ sends, strikes }: Plan): Play => ({
  ...newPlay(),
  sends: new Set(sends),
  ...(!('of' in strikes) && { only: new Set(strikes) }),
})

// Skewed clocks and poison are no strikes, but may matter like them.
const standing = { skew: 'skewMs', poison: 'poison' } as const
/** However often faults are drawn, most calls must get through. */
const oftenest = 0.3

/** What struck in a run under `faults`. */
export const strikesIn = ({ strikes }: Play, faults: FaultPlan): readonly string[] => [
  ...Object.entries(standing).flatMap(([name, setting]) => (faults[setting] > 0 ? [name] : [])),
  ...strikes.map(({ id }) => id),
]

/** What of the faults of a seed's own run is left in a plan. */
export const faultsOf = ({ strikes }: Plan, faults: FaultPlan): FaultPlan => {
  const among = 'of' in strikes ? strikes.of : strikes
  const times = 'of' in strikes ? strikes.times : 1
  const drawn = faultClasses.map((fault) => {
    const p = faults[fault]
    return [fault, among.includes(fault) ? Math.max(p, Math.min(oftenest, p * times)) : 0] as const
  })
  const kept = Object.entries(standing).map(([name, setting]) => [setting, among.includes(name) ? faults[setting] : 0] as const)
  return { ...faults, ...Object.fromEntries([...drawn, ...kept]) }
}
