import { expect, test } from '@jest/globals'
import { explore, simulate } from '../../lib/sim/index.ts'
import { createRandom } from '../../lib/sim/random.ts'
import { generated } from './generator.ts'
import { naiveRuntime } from './naive-runtime.ts'

test('random programs keep every invariant, and their tokens, under all faults', async () => {
  let messages = 0
  for (let seed = 1; seed <= 120; seed += 1) {
    const { processes, ...program } = generated(seed)
    messages += (await explore(processes, { ...program, operator: { discards: true }, seeds: { from: seed, count: 1 } })).messages
  }
  process.stdout.write(`generated programs: 120 seeds, ${messages} messages\n`)
  expect(messages).toBeGreaterThan(1500)
}, 600_000)

test('a seed gives the same program and the same run', async () => {
  const hashOf = async (seed: number): Promise<string> => {
    const { processes, workload, earlier } = generated(seed)
    const world = simulate(processes, { seed, faults: 'drawn', earlier })
    await workload(world, createRandom(seed))
    await world.run()
    return world.trace.hash()
  }
  expect(await hashOf(11)).toBe(await hashOf(11))
  expect(await hashOf(11)).not.toBe(await hashOf(12))
})

test('a handler that writes, sends and deletes with nothing besides makes tokens of duplicates', async () => {
  const broken: string[] = []
  for (let seed = 1; seed <= 10 && !broken.join().includes('came in'); seed += 1) {
    const { processes, workload, invariants } = generated(seed)
    const world = simulate(processes, { seed, faults: { deleteLost: 0.3 }, createRuntime: naiveRuntime })
    await workload(world, createRandom(seed))
    await world.advance('1h')
    for (const holds of Object.values(invariants)) broken.push(...[holds(world)].flat().map(String))
  }
  expect(broken.join()).toContain('came in')
}, 60_000)
