import { expect, test } from '@jest/globals'
import { explore, simulate, summary } from '../../lib/sim/index.ts'
import { createRandom } from '../../lib/sim/random.ts'
import { app, conserved, shopping } from './choreography.ts'

test('under crashes, duplicates and all other faults each message is applied once, or kept with its reason, and money and stock are conserved', async () => {
  const explored = await explore(app, {
    seeds: 1000,
    workload: shopping(10),
    invariants: { 'money and stock are conserved': conserved },
  })
  process.stdout.write(`choreography: ${summary(explored)}\n`)
  expect(explored.commits).toBeGreaterThan(0)
}, 600_000)

test('without faults every order ends, and nothing is kept as failed', async () => {
  const world = simulate(app, { seed: 1 })
  await shopping(30)(world, createRandom(1))
  await world.run()
  expect(world.check()).toEqual([])
  expect(world.failed()).toEqual([])
  expect(conserved(world)).toEqual([])
})
