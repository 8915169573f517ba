import { expect, test } from '@jest/globals'
import { explore, summary } from '../../lib/sim/index.ts'
import { chatter, talkAtRandom } from './chatter.ts'
import { naiveRuntime } from './naive-runtime.ts'

test(
  'processes that do everything at random keep every invariant under all faults',
  async () => {
    const explored = await explore(chatter, { seeds: 150, workload: talkAtRandom })
    process.stdout.write(`chatter: ${summary(explored)}\n`)
    expect(explored.commits).toBeGreaterThan(0)
  },
  600_000,
)

test(
  'messages that fail for good, or kill their environment, are kept with the reason, and no other message suffers',
  async () => {
    const explored = await explore(chatter, { seeds: { from: 1001, count: 60 }, workload: talkAtRandom, faults: { poison: 0.03 } })
    process.stdout.write(`chatter with poison: ${summary(explored)}\n`)
    expect(explored.failed).toBeGreaterThan(0)
  },
  600_000,
)

const naive = { workload: talkAtRandom, createRuntime: naiveRuntime }

test('a handler that writes, sends and deletes with nothing besides is found out within ten seeds', async () => {
  await expect(explore(chatter, { ...naive, seeds: 10 })).rejects.toThrow(/^seed \d+ violates/)
})

test.each([
  ['applies messages twice', { duplicate: 0.2 }, /I2: /],
  ['strands what it did not send', { sendLostBefore: 0.3 }, /I5: /],
])('it %s', async (_, faults, violation) => {
  const none = { crash: 0, zombie: 0, outage: 0, handlerThrows: 0, handlerHangs: 0 }
  await expect(explore(chatter, { ...naive, seeds: 5, faults: { ...none, ...faults } })).rejects.toThrow(violation)
})
