import { expect, test } from '@jest/globals'
import { Inventory } from '../../functions/inventory/contract.ts'
import { inventory } from '../../functions/inventory/process.ts'
import { Order, orderEnd } from '../../functions/order/contract.ts'
import { order } from '../../functions/order/process.ts'
import { payment } from '../../functions/payment/process.ts'
import { type Process, Transient } from '../../lib/index.ts'
import { explore, simulate, summary, type World } from '../../lib/sim/index.ts'
import { createRandom } from '../../lib/sim/random.ts'
import { app, conserved, shopping } from './choreography.ts'

test('under crashes, duplicates and all other faults each message is applied once, or kept with its reason, money and stock are conserved, and orders end in every way', async () => {
  const ends = new Set<string>()
  const explored = await explore(app, {
    seeds: 150,
    workload: shopping(10),
    invariants: {
      'money and stock are conserved': (world) => {
        for (const { status } of world.states(order)) ends.add(status)
        return conserved(world)
      },
    },
  })
  process.stdout.write(`choreography: ${summary(explored)}\n`)
  expect(explored.commits).toBeGreaterThan(0)
  expect(ends).toEqual(new Set([...orderEnd.options, 'awaitingApproval']))
}, 600_000)

test('without faults every order ends or waits for approval, and nothing is kept as failed', async () => {
  const world = simulate(app, { seed: 1 })
  await shopping(30)(world, createRandom(1))
  await world.run()
  expect(world.check()).toEqual([])
  expect(world.failed()).toEqual([])
  expect(conserved(world)).toEqual([])
})

const place = { customer: 'ann', sku: 'tea', quantity: 2, pence: 300 }
const opened = (processes: readonly Process[] = app.processes): World => {
  const world = simulate(processes)
  world.send(Inventory, 'tea').Restock({ quantity: 5 })
  return world
}
/** A payment that does not work while `isDown`. */
const payingUnless = (isDown: () => boolean): readonly Process[] => {
  const { behaviour } = payment
  const charge = behaviour.on.Charge as (ctx: never, body: never) => unknown
  const Charge = (ctx: never, body: never): unknown => {
    if (isDown()) throw new Transient('bank-down', 'the bank does not answer')
    return charge(ctx, body)
  }
  const hanging = { ...payment, behaviour: { ...behaviour, on: { ...behaviour.on, Charge } } }
  return app.processes.map((one) => (one === payment ? hanging : one))
}

test('an order whose payment hangs is late after 15 minutes, and gives back what comes for it then', async () => {
  let isDown = true
  const world = opened(payingUnless(() => isDown))
  world.send(Order, '1').Place(place)
  await world.advance('14m')
  expect(world.view(Order, '1')).toEqual({ status: 'placed' })
  await world.advance('2m')
  expect(world.view(Order, '1')).toEqual({ status: 'late' })
  expect(world.state(inventory, 'tea')).toMatchObject({ available: 3, reserved: 2 })
  isDown = false
  await world.run()
  expect(world.state(inventory, 'tea')).toMatchObject({ available: 5, reserved: 0 })
  expect(world.state(payment, 'ann')).toEqual({ charged: 0 })
  expect(world.sent.map(({ type }) => type)).toContain('Refund')
  expect([world.check(), world.failed(), conserved(world)]).toEqual([[], [], []])
})

test('an order that is approved days later is shipped; one that nobody approves is told of daily, and expires', async () => {
  const world = opened()
  for (const id of ['approved', 'forgotten']) world.send(Order, id).Place({ ...place, approval: true })
  await world.advance('76h')
  expect(world.state(order, 'approved')).toMatchObject({ status: 'awaitingApproval', reminders: 3 })
  world.send(Order, 'approved').Approve()
  await world.advance('1h')
  expect(world.view(Order, 'approved')).toEqual({ status: 'shipped' })
  await world.advance('14 days')
  expect(world.state(order, 'forgotten')).toMatchObject({ status: 'expired' })
  expect([world.check(), conserved(world)]).toEqual([[], []])
})
