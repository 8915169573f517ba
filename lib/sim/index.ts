// The door for tests: a world from a seed, and many of them.
export { type Exploration, type ExploreOptions, explore, type Invariants, summary, Violated } from './explore.ts'
export type { FaultClass, FaultCounts, FaultPlan } from './faults.ts'
export { type Attendance, attend } from './operator.ts'
export type { Random } from './random.ts'
export type { Calls } from './stage.ts'
export type { Sent } from './story.ts'
export type { Story } from './story-text.ts'
export { type Failed, type FailedRef, type Remark, type SimulateOptions, type States, simulate, type World } from './world.ts'
