// Sessions under faults: whatever is lost, repeated or dies, a basket becomes orders once and whole.
import { expect, test } from '@jest/globals'
import { app } from '../../../functions/app.ts'
import { violations } from '../../../functions/invariants.ts'
import { Inventory } from '../../../functions/inventory/contract.ts'
import { order } from '../../../functions/order/process.ts'
import { orderOf, Session } from '../../../functions/session/contract.ts'
import { session } from '../../../functions/session/process.ts'
import { CallFailed, Transient } from '../../../lib/index.ts'
import { explore, type Random, type World } from '../../../lib/sim/index.ts'

const names = new Set(['order', 'inventory', 'payment', 'shipping', 'customer', 'session', 'desk'])
const processes = app.processes.filter(({ contract }) => names.has(contract.name))

/** A visitor who is refused, or has no answer, goes on. */
const goesOn = async (asking: Promise<unknown>): Promise<void> => {
  await asking.catch((thrown: unknown) => {
    if (!(thrown instanceof CallFailed) && !(thrown instanceof Transient)) throw thrown
  })
}

const shopping = async (world: World, random: Random): Promise<void> => {
  for (const sku of ['tea', 'mug']) {
    world.send(Inventory, sku).Price({ pence: 250 })
    world.send(Inventory, sku).Restock({ quantity: random.between(1, 6) })
  }
  await world.advance('1m')
  for (let n = 0; n < 6; n += 1) {
    const visitor = world.call(Session, `visitor-${n % 2}`)
    const quantity = random.between(1, 2)
    await goesOn(visitor.Put({ sku: random.pick(['tea', 'mug']), name: 'A thing', quantity, begin: true }))
    await world.advance(random.int(60_000))
    // The sum may be another than the basket's: then it is refused.
    const pence = 250 * random.between(1, 3)
    const key = `click-${n}`
    for (let clicks = random.between(1, 2); clicks > 0; clicks -= 1) await goesOn(visitor.Checkout({ pence }, { key }))
  }
}

test('a basket becomes orders once and whole, and stock and money are conserved', async () => {
  const explored = await explore(processes, {
    seeds: 60,
    workload: shopping,
    invariants: {
      'orders are those of the checkouts, and no others': ({ instances }) => {
        const sold = [...instances(session).values()].flatMap((state) =>
          state.status === 'open' ? state.checkouts.flatMap(({ number, lines }) => lines.map((_, n) => orderOf(number, n))) : [],
        )
        expect([...instances(order).keys()].sort()).toEqual(sold.sort())
        return true
      },
      'stock and money are conserved': ({ states }) => violations(states()),
    },
  })
  expect(explored).toMatchObject({ seeds: 60, failed: 0 })
}, 60_000)
