import { expect, test } from '@jest/globals'
import { explore, simulate } from '../../lib/sim/index.ts'
import { createRandom } from '../../lib/sim/random.ts'
import { app, conserved, shopping } from './choreography.ts'
import { naiveRuntime } from './naive-runtime.ts'

const naive = { seeds: 20, workload: shopping(10), createRuntime: naiveRuntime }
const drawnOff = { crash: 0, zombie: 0, outage: 0, handlerThrows: 0, handlerHangs: 0 }

test('a handler that writes, sends and deletes with nothing besides does well as long as nothing goes wrong', async () => {
  const world = simulate(app, { seed: 1, createRuntime: naiveRuntime, environmentsMax: 1 })
  await shopping(10)(world, createRandom(1))
  await world.run()
  expect(world.check()).toEqual([])
  expect(conserved(world)).toEqual([])
})

test('under faults it is found out', async () => {
  await expect(explore(app, naive)).rejects.toThrow(/^seed \d+ violates/)
})

test('that it applies a message twice is seen as I2', async () => {
  await expect(explore(app, { ...naive, faults: { ...drawnOff, deleteLost: 0.3 } })).rejects.toThrow(/I2: /)
})

test('that it strands what it could not send is seen as I5', async () => {
  await expect(explore(app, { ...naive, faults: { ...drawnOff, sendLostBefore: 0.3 } })).rejects.toThrow(/I5: /)
})
