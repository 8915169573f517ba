import { expect, test } from '@jest/globals'
import { explore, summary } from '../../lib/sim/index.ts'
import { chatter, onlyPoisonFails, talkAtRandom } from './chatter.ts'

test('processes that do everything at random keep every invariant under all faults', async () => {
  const explored = await explore(chatter, { seeds: 20, workload: talkAtRandom })
  process.stdout.write(`chatter: ${summary(explored)}\n`)
  expect(explored.commits).toBeGreaterThan(0)
}, 600_000)

test('messages that fail for good, or kill their environment, are kept with the reason, and no other message suffers', async () => {
  const explored = await explore(chatter, {
    seeds: { from: 1001, count: 15 },
    workload: talkAtRandom,
    // A message in whose tries the function dies often enough fails for good as well, whoever killed it.
    faults: { poison: 0.03, crash: 0, zombie: 0 },
    invariants: { 'only poison fails': onlyPoisonFails },
  })
  process.stdout.write(`chatter with poison: ${summary(explored)}\n`)
  expect(explored.failed).toBeGreaterThan(0)
}, 600_000)
