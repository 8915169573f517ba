// The trials of coordination by name: worlds under faults, and what must hold of them.
import type * as Coordination from '../../lib/coordination/index.ts'
import type { Trial } from '../proof/hunting.ts'
import { ballotTrial } from './ballot-world.ts'
import { barrierTrial } from './barrier-world.ts'
import { electionTrial } from './election-world.ts'
import { permitTrial } from './permits-world.ts'
import { registerTrial } from './register-world.ts'

export const trials = {
  lease: (door) => permitTrial(door, 'lease'),
  semaphore: (door) => permitTrial(door, 'semaphore'),
  election: electionTrial,
  register: registerTrial,
  ballot: ballotTrial,
  barrier: barrierTrial,
} as const satisfies { readonly [name: string]: (door: typeof Coordination) => Trial }
export type TrialName = keyof typeof trials

/** Faults that make messages fail for good, and nothing else that may. */
export const poisoned = { poison: 0.05, crash: 0, zombie: 0, slow: 0, handlerHangs: 0 } as const
