// A thread that loads the cache with a planted bug in it, beside the real one, and says which claim its world then breaks.
import type * as CacheProcess from '../../../functions/cache/process.ts'
import { answerHunts } from '../../proof/hunting.ts'
import { loadMutated } from '../../proof/mutation.ts'
import { cacheTrial } from './cache-world.ts'
import type { Planted } from './mutants.ts'

const seeds = Array.from({ length: 500 }, (_, n) => n + 1)
const cache = {
  folder: new URL('../../../functions/cache/', import.meta.url),
  // The contract is the one that the world knows too.
  isCopied: (path: string) => path !== 'contract.ts',
  modules: ['process.ts'],
}

answerHunts(async (one: Planted) => {
  const [process] = (await loadMutated(one, cache)) as [typeof CacheProcess]
  return { trial: cacheTrial(process), seeds: [one.found, ...seeds] }
})
