// The reference app as a workload: some stock, some customers, some orders, and what must hold of them.
import { app } from '../../functions/app.ts'
import { violations } from '../../functions/invariants.ts'
import { Inventory } from '../../functions/inventory/contract.ts'
import { Order } from '../../functions/order/contract.ts'
import { Payment } from '../../functions/payment/contract.ts'
import type { Random, World } from '../../lib/sim/index.ts'

export { app }

/**
 * Places orders by many customers for few goods, over minutes; some exceed the stock, some the credit, some are cancelled, early or late. Some
 * need approval: most get it, the rest waits for days or for ever.
 */
export const shopping =
  (orders: number) =>
  async (world: World, random: Random): Promise<void> => {
    const goods = ['tea', 'mug']
    const customers = ['ann', 'bob', 'cy']
    for (const sku of goods) world.send(Inventory, sku).Restock({ quantity: random.between(5, 20) }, { key: `restock-${sku}` })
    world.send(Payment, 'ann').SetLimit({ pence: 500 })
    for (let n = 0; n < orders; n += 1) {
      const order = {
        customer: random.pick(customers),
        sku: random.pick(goods),
        quantity: random.between(1, 4),
        pence: random.between(50, 300),
      }
      const approval = random.chance(0.2)
      world.send(Order, `order-${n}`).Place({ ...order, ...(approval && { approval }) }, { key: `click-${n}` })
      // Often while the order is under way.
      await world.advance(random.int(random.pick([500, 120_000])))
      if (random.chance(0.25)) world.send(Order, `order-${random.between(0, n)}`).Cancel()
      if (approval && random.chance(0.7)) world.send(Order, `order-${n}`).Approve()
    }
    if (random.chance(0.2)) await world.advance(random.pick(['3 days', '15 days']))
  }

/** What was set aside is kept with its reason, and its money or goods wait with it: then only the rest of the claims can be asked for. */
export const conserved = (world: World): boolean | readonly string[] => world.failed().length > 0 || violations(world.states())
