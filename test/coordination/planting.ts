// A thread that loads lib/coordination with a planted bug in it, beside the real one, and says which claim its trial then breaks.
import type * as Coordination from '../../lib/coordination/index.ts'
import { answerHunts } from '../proof/hunting.ts'
import { loadMutated } from '../proof/mutation.ts'
import type { Planted } from './mutants.ts'
import { poisoned, trials } from './trials.ts'

const seeds = Array.from({ length: 200 }, (_, n) => n + 1)
const coordination = {
  folder: new URL('../../lib/coordination/', import.meta.url),
  isCopied: () => true,
  modules: ['index.ts'],
}

answerHunts(async (one: Planted) => {
  const [door] = (await loadMutated(one, coordination)) as [typeof Coordination]
  return { trial: trials[one.trial](door), seeds, faults: one.poison ? poisoned : {} }
})
