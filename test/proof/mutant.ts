// Planted bugs: one place of the protocol is changed in the text of a module, and the rest of it runs as it is.
import { registerHooks } from 'node:module'
import type { SimulateOptions } from '../../lib/sim/index.ts'
import type { WorkloadName } from './workloads.ts'

export interface Mutant {
  /** What the code now does, in a few words; unique. */
  readonly name: string
  /** What it breaks: a rule of the protocol, or an invariant. */
  readonly rule: string
  /** Below `lib`. */
  readonly file: `core/${string}` | `runtime/${string}`
  /** Text that stands there exactly once. */
  readonly find: string
  readonly replace: string
  /** The worlds that find it soonest. */
  readonly workload: WorkloadName
}

/** @throws Error if the text does not hold `find` exactly once: then the mutant no longer is what its name says */
export const mutated = (text: string, { name, file, find, replace }: Mutant): string => {
  const places = text.split(find).length - 1
  if (places !== 1)
    throw new Error(
      `mutant "${name}" no longer fits the code: lib/${file} holds its text ${places} times. Plant it anew where the rule is kept`,
    )
  return text.replace(find, () => replace)
}

export const libFolder = new URL('../../lib/', import.meta.url)

// The simulator keeps its books with the code as it is: only the runtime, and the core below it, is loaded a second time. Errors are
// shared, since ports and handlers throw them and the runtime asks for their class.
const isCopied = (url: string): boolean =>
  /^(?:core|runtime)\//.test(url.slice(libFolder.href.length)) &&
  url.startsWith(libFolder.href) &&
  !/\/(?:errors|call)\.ts$/.test(url)

/** A runtime with a mutant in it, and the engine of flows that goes with it. */
export interface Planted {
  readonly createRuntime: NonNullable<SimulateOptions['createRuntime']>
  readonly engine: object
}

/**
 * Loads a runtime with a mutant in it, beside the real one; nothing else in the process is touched.
 * @throws Error if the mutant does not fit the code, or its module is not part of the runtime
 */
export const loadMutant = async (mutant: Mutant): Promise<Planted> => {
  const tag = `?mutant=${encodeURIComponent(mutant.name)}`
  let planted = false
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context)
      return context.parentURL?.endsWith(tag) && isCopied(resolved.url) ? { ...resolved, url: `${resolved.url}${tag}` } : resolved
    },
    load: (url, context, next) => {
      const loaded = next(url, context)
      if (url !== `${new URL(mutant.file, libFolder).href}${tag}`) return loaded
      planted = true
      return { ...loaded, source: mutated((loaded.source as Uint8Array).toString(), mutant) }
    },
  })
  try {
    const load = (module: string) => import(`${new URL(`runtime/${module}.ts`, libFolder).href}${tag}`)
    const { createRuntime } = (await load('runtime')) as Pick<Planted, 'createRuntime'>
    // Flows bring their engine with them.
    const { flow } = (await load('flow')) as { readonly flow: (run: () => Promise<void>) => Pick<Planted, 'engine'> }
    if (!planted) throw new Error(`mutant "${mutant.name}" is in lib/${mutant.file}, which the runtime does not load`)
    return { createRuntime, engine: flow(async () => {}).engine }
  } finally {
    hooks.deregister()
  }
}
