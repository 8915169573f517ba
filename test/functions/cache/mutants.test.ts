// Each planted bug is found by the world of the cache.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterAll, expect, test } from '@jest/globals'
import { type Planted, planted } from './mutants.ts'

const seeds = 500
const worker = new Worker(new URL('./planting.ts', import.meta.url))
afterAll(() => worker.terminate())

const find = async (one: Planted): Promise<readonly string[]> => {
  worker.postMessage({ one, seeds })
  const [broken] = (await once(worker, 'message')) as [readonly string[]]
  return broken
}

test.each(planted.map((one) => [one.name, one] as const))(
  '%s: found',
  async (_, one) => {
    expect(await find(one)).not.toEqual([])
  },
  120_000,
)
