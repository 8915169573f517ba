// Planted bugs of the protocol, and how the runtime is loaded with one in it.
import type { SimulateOptions } from '../../lib/sim/index.ts'
import { loadMutated, type Mutation } from './mutation.ts'
import type { WorkloadName } from './workloads.ts'

export interface Mutant extends Mutation {
  /** What it breaks: a rule of the protocol, or an invariant. */
  readonly rule: string
  readonly file: `core/${string}` | `runtime/${string}`
  /** The worlds that find it soonest. */
  readonly workload: WorkloadName
}

export const libFolder = new URL('../../lib/', import.meta.url)

// The simulator keeps its books with the code as it is: only the runtime, and the core below it, is loaded a second time. Errors are
// shared, since ports and handlers throw them and the runtime asks for their class.
const isCopied = (path: string): boolean => /^(?:core|runtime)\//.test(path) && !/\/(?:errors|call)\.ts$/.test(path)

/** A runtime with a mutant in it, and the engine of flows and the way through breakers that go with it. */
export interface Planted {
  readonly createRuntime: NonNullable<SimulateOptions['createRuntime']>
  readonly engine: object
  readonly through: unknown
}

/** @throws Error if the mutant does not fit the code, or its module is not part of the runtime */
export const loadMutant = async (mutant: Mutant): Promise<Planted> => {
  // Flows bring their engine with them, and breakers the way through them.
  const modules = ['runtime/runtime.ts', 'runtime/flow.ts', 'runtime/outside.ts']
  const [{ createRuntime }, { flow }, { breaker }] = (await loadMutated(mutant, { folder: libFolder, isCopied, modules })) as [
    Pick<Planted, 'createRuntime'>,
    { readonly flow: (run: () => Promise<void>) => Pick<Planted, 'engine'> },
    { readonly breaker: (name: string) => Pick<Planted, 'through'> },
  ]
  return { createRuntime, engine: flow(async () => {}).engine, through: breaker('any').through }
}
