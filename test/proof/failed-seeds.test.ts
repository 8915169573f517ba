import { expect, test } from '@jest/globals'
import { failedSeeds } from './failed-seeds.ts'
import { runWorld } from './workloads.ts'

test.each(failedSeeds)(
  '$workload of seed $seed holds, which once found: $found',
  async ({ workload, seed }) => {
    expect((await runWorld(workload, seed)).violations).toEqual([])
  },
  60_000,
)
