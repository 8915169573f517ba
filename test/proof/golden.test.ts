import { expect, test } from '@jest/globals'
import { goldenTraces } from './golden.ts'
import { runWorld, type WorkloadName, workloads } from './workloads.ts'

const seeds = [1, 2] as const

test.each(Object.keys(workloads) as WorkloadName[])(
  'a seed of %s runs the same on every machine',
  async (name) => {
    // One after the other: what a workload keeps beside its world is of one world at a time.
    const hashes: string[] = []
    for (const seed of seeds) hashes.push((await runWorld(name, seed)).world.trace.hash())
    if (hashes.join() === goldenTraces[name].join()) return
    throw new Error(
      `${name} ran as ${JSON.stringify(hashes)}, and once as ${JSON.stringify(goldenTraces[name])}. A change of the protocol, of the simulator or ` +
        'of the workload changes it by right: then run `node test/proof/golden-write.ts`, and look at the difference before you keep it. If none of these has ' +
        'changed, something that is no part of the seed (a clock, a hash order, the machine) has come in',
    )
  },
  120_000,
)

test('each workload has its traces', () => {
  expect(Object.keys(goldenTraces).sort()).toEqual(Object.keys(workloads).sort())
})
