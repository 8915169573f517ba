import { expect, test } from '@jest/globals'
import { broken } from '../../examples/broken-refund/broken.ts'
import { Order, Warehouse } from '../../examples/broken-refund/contracts.ts'
import { corrected } from '../../examples/broken-refund/corrected.ts'
import { explore, type Invariants, type Random, simulate, Violated, type World } from '../../lib/sim/index.ts'

const shopping = async (world: World, random: Random): Promise<void> => {
  world.send(Warehouse, 'lamp').Stock({ pieces: random.between(1, 3) })
  for (let n = 0; n < 8; n += 1) {
    const article = random.pick(['lamp', 'chair'])
    world.send(Order, `${n}`).Place({ article, cents: random.between(100, 900) }, { key: `click-${n}` })
    await world.advance(random.int(30_000))
    if (random.chance(0.4)) world.send(Order, `${n}`).Cancel()
  }
}

const claims = ({ order, payment, warehouse }: typeof corrected): Invariants => ({
  'no more is refunded than was charged': ({ states }) => states(payment).every(({ charged, refunded }) => refunded <= charged),
  'an order that came to nothing costs nothing': ({ instances, state }) =>
    [...instances(order)].flatMap(([id, { status }]) => {
      const { charged = 0, refunded = 0 } = state(payment, id) ?? {}
      return status === 'reserved' || charged === refunded ? [] : [`order/${id} is ${status} and paid ${charged - refunded}`]
    }),
  'nothing is sold twice': ({ states, sent }) => {
    const stocked = sent.reduce((sum, { type, body }) => (type === 'Stock' ? sum + (body as { pieces: number }).pieces : sum), 0)
    const left = states(warehouse).reduce((sum, { pieces }) => sum + pieces, 0)
    return states(order).filter(({ status }) => status === 'reserved').length + left === stocked
  },
})

const app = ({ order, warehouse, payment }: typeof broken | typeof corrected) => [order, warehouse, payment]

test('a cancelled order is refunded', async () => {
  const { order, payment, warehouse } = broken
  const world = simulate([order, payment, warehouse])
  world.send(Warehouse, 'lamp').Stock({ pieces: 1 })
  world.send(Order, '42').Place({ article: 'lamp', cents: 700 }, { key: 'click-1' })
  await world.advance('2 days')
  world.send(Order, '42').Cancel()
  await world.run()

  expect(world.state(order, '42')?.status).toBe('cancelled')
  expect(world.state(payment, '42')).toEqual({ charged: 700, refunded: 700 })
  expect(world.sent).toContainEqual({ from: 'order/42', to: 'warehouse/lamp', type: 'Release', body: {} })
  expect(world.failed()).toEqual([])
  expect(world.check()).toEqual([])
})

test('that both the order and its warehouse refund it is found, and told with the two sends and the one fault that it takes', async () => {
  const violated = await explore(app(broken), { seeds: 300, workload: shopping, invariants: claims(broken) }).catch(
    (thrown: unknown) => thrown,
  )
  expect(violated).toBeInstanceOf(Violated)
  const { message, story } = violated as Violated
  expect(story.ended).toContain('no more is refunded than was charged')
  expect(story.sends).toEqual({ left: 2, of: expect.any(Number) })
  expect(story.faults.left).toBeLessThanOrEqual(1)
  expect(message.match(/sends Refund/g)).toHaveLength(2)
  expect(message).toMatch(/warehouse\/(lamp|chair) handles Reserve/)
}, 60_000)

test('where the order alone decides, it is refunded once, whatever happens', async () => {
  const explored = await explore(app(corrected), { seeds: 300, workload: shopping, invariants: claims(corrected) })
  expect(explored).toMatchObject({ seeds: 300, failed: 0 })
}, 60_000)
