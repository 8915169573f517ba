// The door for tests: worlds from a seed, and many of them.
export { type Exploration, type ExploreOptions, explore, summary, Violated } from './explore.ts'
export type { FaultClass, FaultCounts, FaultPlan } from './faults.ts'
export type { Random } from './random.ts'
export type { Calls } from './stage.ts'
export { type Failed, type SimulateOptions, type States, simulate, type World } from './world.ts'
