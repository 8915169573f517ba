// A thread that loads lib/coordination with a planted bug in it, beside the real one, and says which claim its trial then breaks.
import { registerHooks } from 'node:module'
import { parentPort } from 'node:worker_threads'
import type * as Coordination from '../../lib/coordination/index.ts'
import { runSeed } from '../../lib/sim/explore.ts'
import type { Planted } from './mutants.ts'
import { poisoned, trials } from './trials.ts'

const folder = new URL('../../lib/coordination/', import.meta.url).href

/** @throws Error if the text does not hold `find` exactly once: then the bug no longer is what its name says */
const mutated = (text: string, { name, file, find, replace }: Planted): string => {
  const places = text.split(find).length - 1
  if (places !== 1) throw new Error(`"${name}" no longer fits the code: lib/coordination/${file} holds its text ${places} times`)
  return text.replace(find, () => replace)
}

const load = async (one: Planted): Promise<typeof Coordination> => {
  const tag = `?planted=${encodeURIComponent(one.name)}`
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context)
      const isCopied = context.parentURL?.endsWith(tag) && resolved.url.startsWith(folder)
      return isCopied ? { ...resolved, url: `${resolved.url}${tag}` } : resolved
    },
    load: (url, context, next) => {
      const loaded = next(url, context)
      if (url !== `${folder}${one.file}${tag}`) return loaded
      return { ...loaded, source: mutated((loaded.source as Uint8Array).toString(), one) }
    },
  })
  try {
    return (await import(`${folder}index.ts${tag}`)) as typeof Coordination
  } finally {
    hooks.deregister()
  }
}

/** @returns the claims that the first seed to break any breaks; none if no seed does */
const run = async (one: Planted, seeds: number): Promise<readonly string[]> => {
  const { app, workload, invariants } = trials[one.trial](await load(one))
  for (let seed = 1; seed <= seeds; seed += 1) {
    const world = await runSeed(app, { seeds, seed, workload, faults: one.poison ? poisoned : {} })
    const broken = Object.entries(invariants).filter(([, holds]) => {
      const said = holds(world)
      return typeof said === 'boolean' ? !said : said.length > 0
    })
    if (broken.length > 0) return [`seed ${seed}`, ...broken.map(([claim]) => claim)]
  }
  return []
}

parentPort?.on('message', ({ one, seeds }: { readonly one: Planted; readonly seeds: number }) => {
  run(one, seeds).then(
    (broken) => parentPort?.postMessage(broken),
    (thrown: unknown) => {
      throw thrown
    },
  )
})
