// The door of coordination: leases, elections, semaphores, registers, ballots and barriers as processes, and sagas in flows.
export {
  Ballot,
  type BallotContract,
  type BallotOptions,
  type BallotStatus,
  ballotContract,
  ballotProcess,
  type VoterNotices,
  voterNotices,
} from './ballot.ts'
export {
  Barrier,
  type BarrierContract,
  type BarrierOptions,
  type BarrierStatus,
  barrierContract,
  barrierProcess,
  type PartyNotices,
  partyNotices,
} from './barrier.ts'
export {
  Election,
  type ElectionContract,
  type ElectionOptions,
  type ElectionView,
  electionContract,
  electionProcess,
} from './election.ts'
export {
  Lease,
  type LeaseContract,
  type LeaseOptions,
  type LeaseView,
  leaseContract,
  leaseProcess,
  trustedUntil,
} from './lease.ts'
export type { Instance } from './notices.ts'
export { type Acquired, type HolderNotices, holderNotices } from './permits.ts'
export { type RegisterContract, type RegisterOptions, registerContract, registerProcess, type Swapped } from './register.ts'
export { type Saga, saga } from './saga.ts'
export {
  Semaphore,
  type SemaphoreContract,
  type SemaphoreOptions,
  type SemaphoreView,
  semaphoreContract,
  semaphoreProcess,
} from './semaphore.ts'
