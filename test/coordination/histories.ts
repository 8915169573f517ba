// Prints histories of clients under faults, one seed a line: `node test/coordination/histories.ts register 10`.
import * as coordination from '../../lib/coordination/index.ts'
import { runSeed } from '../../lib/sim/explore.ts'
import { permitTrial } from './permits-world.ts'
import { registerTrial } from './register-world.ts'

const [, , of = 'register', count = '10'] = process.argv
const { app, workload, recorders } = of === 'lease' ? permitTrial(coordination, 'lease') : registerTrial(coordination)
for (let seed = 1; seed <= Number(count); seed += 1) {
  const world = await runSeed(app, { seeds: 1, seed, workload })
  process.stdout.write(`${JSON.stringify(recorders.get(world)?.operations)}\n`)
}
