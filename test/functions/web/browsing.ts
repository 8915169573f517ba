// The shop on simulated processes in virtual time, for visitors to walk through.

import { customer } from '../../../functions/customer/process.ts'
import { desk } from '../../../functions/desk/process.ts'
import { Inventory } from '../../../functions/inventory/contract.ts'
import { inventory } from '../../../functions/inventory/process.ts'
import { keys } from '../../../functions/keys/process.ts'
import { order } from '../../../functions/order/process.ts'
import { payment } from '../../../functions/payment/process.ts'
import { session } from '../../../functions/session/process.ts'
import { settings } from '../../../functions/settings/process.ts'
import { shipping } from '../../../functions/shipping/process.ts'
import type { Allowance } from '../../../functions/web/rate-limit.ts'
import { createShop } from '../../../functions/web/shop.ts'
import type { Processes } from '../../../functions/web/world.ts'
import { simulate } from '../../../lib/sim/index.ts'
import { memoryCatalogue, products } from './catalogue.ts'
import { visitorOf } from './visitor.ts'

const processes = [order, inventory, payment, shipping, customer, session, settings, keys, desk]

export const origin = 'https://shop.example'

export const openShop = async (options: { readonly allowance?: Allowance; readonly stock?: number } = {}) => {
  const { allowance = { perSecond: 1000, burst: 10_000 }, stock = 100 } = options
  const world = simulate(processes)
  for (const { sku } of products) {
    world.send(Inventory, sku).Restock({ quantity: stock })
    world.send(Inventory, sku).Price({ pence: 250 })
  }
  await world.run()
  const faults: string[] = []
  const client = {
    call: world.call,
    send: world.send,
    view: async (of: never, id: string) => world.view(of, id),
  } as unknown as Processes
  const shop = createShop(
    { catalogue: memoryCatalogue, processes: client, clock: { now: () => world.now().getTime() } },
    { allowance, log: (message, fields) => faults.push(`${message}: ${JSON.stringify(fields)}`) },
  )
  return {
    world,
    shop,
    faults,
    visitor: (sourceIp = '192.0.2.1') =>
      visitorOf({ origin, ask: async (request) => shop.request(request, undefined, { sourceIp }) }),
  }
}
