import { describe, expect, test } from '@jest/globals'
import { app } from '../../examples/checkout-flow/app.ts'
import { Inventory } from '../../examples/checkout-flow/inventory/contract.ts'
import { inventory } from '../../examples/checkout-flow/inventory/process.ts'
import { Order } from '../../examples/checkout-flow/order/contract.ts'
import { order } from '../../examples/checkout-flow/order/process.ts'
import { Payment } from '../../examples/checkout-flow/payment/contract.ts'
import { payment } from '../../examples/checkout-flow/payment/process.ts'
import { type Process, Transient } from '../../lib/index.ts'
import { type Several, several } from '../runtime/several.ts'

const place = { customer: 'ann', sku: 'tea', quantity: 2, pence: 300 }

describe.each([
  ['in one environment', 'warm'],
  ['in a fresh environment for each message', 'cold'],
  ['each message delivered twice', 'twice'],
] as const)('an order, %s,', (_, weather) => {
  const opened = (processes: readonly Process[] = app.processes): Several => {
    const world = several(processes, weather)
    world.send(Inventory, 'tea').Restock({ quantity: 5 })
    return world
  }
  const isUndone = (world: Several): void => {
    expect(world.state(inventory, 'tea')).toEqual({ available: 5, shipped: 0, held: {} })
    expect(world.state(payment, 'ann') ?? { charged: 0, held: {} }).toMatchObject({ charged: 0, held: {} })
    expect(world.kept(order, '1')).toEqual([])
  }

  test('is reserved, paid and shipped', async () => {
    const world = opened()
    world.send(Order, '1').Place(place)
    await world.advance('1h')
    expect(world.view(Order, '1')).toEqual({ status: 'shipped' })
    expect(world.state(inventory, 'tea')).toEqual({ available: 3, shipped: 2, held: {} })
    expect(world.state(payment, 'ann')).toEqual({ charged: 300, held: {} })
    expect(world.kept(order, '1')).toEqual([])
  })

  test('that is placed twice is one order', async () => {
    const world = opened()
    world.send(Order, '1').Place(place)
    world.send(Order, '1').Place({ ...place, quantity: 1 })
    await world.advance('1h')
    expect(world.state(inventory, 'tea')).toEqual({ available: 3, shipped: 2, held: {} })
  })

  test.each([
    ['outOfStock', { quantity: 6 }],
    ['declined', { pence: 501 }],
  ])('that is %s leaves nothing held, and is no failure', async (status, given) => {
    const world = opened()
    world.send(Payment, 'ann').SetLimit({ pence: 500 })
    await world.advance('1h')
    world.send(Order, '1').Place({ ...place, ...given })
    await world.advance('1h')
    expect(world.view(Order, '1')).toEqual({ status })
    isUndone(world)
  })

  /** A payment that does not answer while `isDown`. */
  const payingUnless = (isDown: () => boolean): readonly Process[] => {
    const { behaviour } = payment
    const hold = behaviour.answer?.Hold as (ctx: never, request: never) => unknown
    const Hold = (ctx: never, request: never): unknown => {
      if (isDown()) throw new Transient('bank-down', 'the bank does not answer')
      return hold(ctx, request)
    }
    const hanging = { ...payment, behaviour: { ...behaviour, answer: { ...behaviour.answer, Hold } } }
    return app.processes.map((one) => (one === payment ? hanging : one))
  }

  test('whose payment gives no answer is late after 15 minutes, and what is held afterwards is let go', async () => {
    let isDown = true
    const world = opened(payingUnless(() => isDown))
    world.send(Order, '1').Place(place)
    await world.advance('14m')
    expect(world.view(Order, '1')).toEqual({ status: 'placed' })
    await world.advance('2m')
    expect(world.view(Order, '1')).toEqual({ status: 'late' })
    isDown = false
    await world.advance('1h')
    isUndone(world)
  })

  test('that is cancelled while it is paid is undone', async () => {
    let isDown = true
    const world = opened(payingUnless(() => isDown))
    world.send(Order, '1').Place(place)
    await world.advance('1m')
    world.cancel(Order, '1')
    await world.advance('1m')
    expect(world.view(Order, '1')).toEqual({ status: 'cancelled' })
    isDown = false
    await world.advance('1h')
    isUndone(world)
  })

  test('that is cancelled at any moment is shipped and paid whole, or undone whole', async () => {
    const ends = new Set<unknown>()
    for (let steps = 0; steps < 8; steps++) {
      const world = opened()
      world.send(Order, '1').Place(place)
      for (let n = 0; n < steps; n++) await world.step()
      world.cancel(Order, '1')
      await world.advance('1h')
      const status = world.view(Order, '1')?.status ?? 'new'
      ends.add(status)
      const { held, charged } = (world.state(payment, 'ann') ?? { held: {}, charged: 0 }) as { held: object; charged: number }
      expect({ status, stock: world.state(inventory, 'tea'), held, charged }).toEqual({
        status,
        stock: status === 'shipped' ? { available: 3, shipped: 2, held: {} } : { available: 5, shipped: 0, held: {} },
        held: {},
        charged: status === 'shipped' ? 300 : 0,
      })
    }
    expect(ends).toEqual(new Set(['cancelled', 'shipped']))
  })

  test('that needs approval waits for days, with a reminder a day', async () => {
    const world = opened()
    world.send(Order, '1').Place({ ...place, approval: true })
    await world.advance('76h')
    expect(world.state(order, '1')).toEqual({ status: 'awaitingApproval', reminders: 3 })
    world.send(Order, '1').Approve({ by: 'zoe' })
    await world.advance('1h')
    expect(world.state(order, '1')).toEqual({ status: 'shipped', reminders: 3, approvedBy: 'zoe' })
  })

  test('that is cancelled while it waits for approval has taken nothing', async () => {
    const world = opened()
    world.send(Order, '1').Place({ ...place, approval: true })
    await world.advance('30h')
    world.cancel(Order, '1')
    await world.advance('30 days')
    expect(world.state(order, '1')).toEqual({ status: 'cancelled', reminders: 1 })
    isUndone(world)
  })

  test('that nobody approves expires after two weeks', async () => {
    const world = opened()
    world.send(Order, '1').Place({ ...place, approval: true })
    await world.advance('15 days')
    expect(world.state(order, '1')).toEqual({ status: 'expired', reminders: 14 })
    world.send(Order, '1').Approve({ by: 'zoe' })
    await world.advance('1h')
    isUndone(world)
  })
})
