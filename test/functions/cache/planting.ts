// A thread that loads the cache with a planted bug in it, beside the real one, and says which claim its world then breaks.
import { registerHooks } from 'node:module'
import { parentPort } from 'node:worker_threads'
import type * as CacheProcess from '../../../functions/cache/process.ts'
import { runSeed } from '../../../lib/sim/explore.ts'
import { cacheTrial } from './cache-world.ts'
import type { Planted } from './mutants.ts'

const folder = new URL('../../../functions/cache/', import.meta.url).href

/** @throws Error if the text does not hold `find` exactly once: then the bug no longer is what its name says */
const mutated = (text: string, { name, file, find, replace }: Planted): string => {
  const places = text.split(find).length - 1
  if (places !== 1) throw new Error(`"${name}" no longer fits the code: functions/cache/${file} holds its text ${places} times`)
  return text.replace(find, () => replace)
}

// The contract is the one that the world knows too.
const load = async (one: Planted): Promise<typeof CacheProcess> => {
  const tag = `?planted=${encodeURIComponent(one.name)}`
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context)
      const isCopied = context.parentURL?.endsWith(tag) && resolved.url.startsWith(folder)
      return isCopied && !resolved.url.endsWith('/contract.ts') ? { ...resolved, url: `${resolved.url}${tag}` } : resolved
    },
    load: (url, context, next) => {
      const loaded = next(url, context)
      if (url !== `${folder}${one.file}${tag}`) return loaded
      return { ...loaded, source: mutated((loaded.source as Uint8Array).toString(), one) }
    },
  })
  try {
    return (await import(`${folder}process.ts${tag}`)) as typeof CacheProcess
  } finally {
    hooks.deregister()
  }
}

/** @returns the claims that the first seed to break any breaks; none if no seed does */
const run = async (one: Planted, seeds: number): Promise<readonly string[]> => {
  const { app, workload, invariants } = cacheTrial(await load(one))
  for (const seed of [one.found, ...Array.from({ length: seeds }, (_, n) => n + 1)]) {
    const world = await runSeed(app, { seeds, seed, workload })
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
