// Which part of a seed's run is played, and under which chance: what a failing run is made smaller by.
import type { Strike } from './faults.ts'
import type { Happening } from './story.ts'

/** A run of one seed: all of it, or what is left when sends and faults are taken out. */
export interface Plan {
  /** Seed of everything but the workload: in which order things happen, how long they take, where faults strike. */
  readonly schedule: number
  /** Sends of the workload that take place, by number from 0, ascending. */
  readonly sends: readonly number[]
  /** Ids of the strikes that may happen, and `skew` and `poison` where those may be. */
  readonly strikes: readonly string[] | 'drawn'
}

/** What one run is given besides its seed, and what it leaves. */
export interface Play {
  /** Sends that take place; default all. */
  readonly sends?: ReadonlySet<number>
  /** Strikes that may happen; default all. */
  readonly only?: ReadonlySet<string>
  /** What struck, filled as it happens. */
  readonly strikes: Strike[]
  /** What happened, filled as it does; where it is missing, nothing is recorded. */
  readonly happenings?: Happening[]
  /** Sends that the workload asked for. */
  asked: number
}

export const newPlay = (): Play => ({ strikes: [], asked: 0 })
