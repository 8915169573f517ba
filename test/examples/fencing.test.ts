// A stale leader writes: the vault that looks at tokens refuses it, the one that does not takes it.
import { expect, test } from '@jest/globals'
import { Writer } from '../../examples/fencing/contracts.ts'
import { trustingVault, vault } from '../../examples/fencing/vault.ts'
import { writer } from '../../examples/fencing/writer.ts'
import { leaseProcess } from '../../lib/coordination/index.ts'
import { explore, type Invariants, type Random, simulate, Violated, type World } from '../../lib/sim/index.ts'

const lease = leaseProcess({ holders: [Writer] })

test('a leader that paused beyond its lease is refused, once another has written', async () => {
  const world = simulate([lease, writer, vault])
  world.send(Writer, 'slow').Begin({ lines: 1, pauseMs: 60_000 })
  await world.advance('1s')
  world.send(Writer, 'quick').Begin({ lines: 2, pauseMs: 1000 })
  await world.run()

  const { lines, refused } = world.state(vault, 'v') ?? {}
  expect(lines?.map(({ line }) => line)).toEqual(['quick 2', 'quick 1'])
  expect(refused).toEqual(['slow 1'])
  expect(world.check()).toEqual([])
})

const writing = async (world: World, random: Random): Promise<void> => {
  for (let n = 0; n < 4; n += 1) {
    world
      .send(Writer, `w${n}`)
      .Begin({ lines: random.between(1, 4), pauseMs: random.between(100, 25_000) }, { key: `begin-${n}` })
    await world.advance(random.int(20_000))
  }
}
const claims = (of: typeof vault): Invariants => ({
  'no line of an older turn comes after one of a newer': ({ states }) =>
    states(of).every(({ lines }) => lines.every(({ token }, n) => token >= (lines[n - 1]?.token ?? 0))),
})

test('whatever happens, the vault that looks at tokens takes no line of an older turn after one of a newer', async () => {
  const explored = await explore([lease, writer, vault], { seeds: 100, workload: writing, invariants: claims(vault) })
  expect(explored).toMatchObject({ seeds: 100, failed: 0 })
}, 60_000)

test('the vault that trusts its writers does', async () => {
  const violated = await explore([lease, writer, trustingVault], {
    seeds: 100,
    workload: writing,
    invariants: claims(trustingVault),
  }).catch((thrown: unknown) => thrown)
  expect(violated).toBeInstanceOf(Violated)
}, 60_000)
