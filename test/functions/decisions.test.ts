import { describe, expect, test } from '@jest/globals'
import { customer } from '../../functions/customer/process.ts'
import { inventory } from '../../functions/inventory/process.ts'
import { orderEnd, orderStage } from '../../functions/order/contract.ts'
import { order } from '../../functions/order/process.ts'
import { payment } from '../../functions/payment/process.ts'
import { shipping } from '../../functions/shipping/process.ts'
import { react } from './fake-context.ts'

const place = { customer: 'c1', sku: 'tea', quantity: 3, pence: 450 }
const placed = { status: 'placed', ...place }

const minute = 60_000
const day = 24 * 60 * minute
const overdue = { Overdue: { type: 'Overdue', body: {}, delay: 15 * minute } }
const over = { Overdue: undefined }

describe('order', () => {
  test('a placed order reserves its stock, and has 15 minutes to end', async () => {
    expect(await react(order, 'o1', undefined, { type: 'Place', body: place })).toEqual({
      state: placed,
      sent: [{ to: 'inventory', id: 'tea', type: 'Reserve', body: { order: 'o1', customer: 'c1', quantity: 3, pence: 450 } }],
      timers: overdue,
    })
  })

  test.each([...orderStage.options, ...orderEnd.options])('an order that is %s ignores a second Place', async (status) => {
    const state = { ...placed, status }
    expect(await react(order, 'o1', state, { type: 'Place', body: { ...place, quantity: 9 } })).toEqual({ state, sent: [] })
  })

  test.each([
    ['Shipped', 'shipped'],
    ['OutOfStock', 'outOfStock'],
    ['Declined', 'declined'],
  ])('%s ends a placed order, also one that is being stopped, and no other', async (type, status) => {
    expect(await react(order, 'o1', placed, { type })).toEqual({ state: { ...placed, status }, sent: [], timers: over })
    const stopping = { ...placed, status: 'stopping', stoppedAs: 'late' }
    expect((await react(order, 'o1', stopping, { type })).state).toEqual({ ...stopping, status })
    for (const ended of orderEnd.options) {
      const state = { ...placed, status: ended }
      expect(await react(order, 'o1', state, { type })).toEqual({ state, sent: [] })
    }
    expect(await react(order, 'o1', undefined, { type })).toEqual({ state: { status: 'new' }, sent: [] })
  })

  test.each([
    ['Cancel', 'cancelled'],
    ['Overdue', 'late'],
  ])('%s asks shipping to stop a placed order, which then ends as that; nothing else is stopped', async (type, end) => {
    const stopping = { ...placed, status: 'stopping', stoppedAs: end }
    expect(await react(order, 'o1', placed, { type })).toEqual({
      state: stopping,
      sent: [{ to: 'shipping', id: 'o1', type: 'Stop', body: {} }],
      timers: over,
    })
    expect((await react(order, 'o1', stopping, { type: 'Stopped' })).state).toEqual({ ...stopping, status: end })
    for (const status of ['stopping', ...orderEnd.options]) {
      const state = { ...placed, status }
      expect(await react(order, 'o1', state, { type })).toEqual({ state, sent: [] })
    }
    expect(await react(order, 'o1', undefined, { type })).toEqual({ state: { status: 'new' }, sent: [] })
  })

  test('nothing is stopped that was not asked to stop', async () => {
    for (const status of ['placed', ...orderEnd.options]) {
      const state = { ...placed, status }
      expect(await react(order, 'o1', state, { type: 'Stopped' })).toEqual({ state, sent: [] })
    }
  })

  describe('that needs approval', () => {
    const awaiting = { ...placed, status: 'awaitingApproval' }
    const decided = { Remind: undefined, Expire: undefined }

    test('reserves nothing, reminds daily and expires after two weeks', async () => {
      expect(await react(order, 'o1', undefined, { type: 'Place', body: { ...place, approval: true } })).toEqual({
        state: awaiting,
        sent: [],
        timers: {
          Remind: { type: 'Remind', body: {}, delay: day, every: day },
          Expire: { type: 'Expire', body: {}, delay: 14 * day },
        },
      })
      const { state } = await react(order, 'o1', awaiting, { type: 'Remind' })
      expect(await react(order, 'o1', state, { type: 'Remind' })).toEqual({ state: { ...awaiting, reminders: 2 }, sent: [] })
    })

    test('is placed once it is approved', async () => {
      const { state, sent, timers } = await react(order, 'o1', awaiting, { type: 'Approve' })
      expect([state, sent.map(({ type }) => type), timers]).toEqual([placed, ['Reserve'], { ...decided, ...overdue }])
    })

    test.each([
      ['Cancel', 'cancelled'],
      ['Expire', 'expired'],
    ])('%s ends it at once, as %s', async (type, status) => {
      expect(await react(order, 'o1', awaiting, { type })).toEqual({ state: { ...awaiting, status }, sent: [], timers: decided })
    })

    test.each(['Approve', 'Remind', 'Expire'])('%s comes too late where the wait is over', async (type) => {
      for (const status of ['placed', 'stopping', ...orderEnd.options]) {
        const state = { ...placed, status }
        expect(await react(order, 'o1', state, { type })).toEqual({ state, sent: [] })
      }
    })
  })

  test.each([
    ['quantity', 0],
    ['quantity', 1.5],
    ['pence', -1],
    ['sku', ''],
    ['sku', 'green tea'],
    ['customer', '~c1'],
    ['customer', 'c'.repeat(129)],
  ])('a Place whose %s is %j is refused', async (field, value) => {
    await expect(react(order, 'o1', undefined, { type: 'Place', body: { ...place, [field]: value } })).rejects.toThrow(field)
  })
})

describe('inventory', () => {
  const stocked = { restocked: 5, available: 5, reserved: 0, shipped: 0 }
  const body = { order: 'o1', customer: 'c1', quantity: 3, pence: 450 }

  test('a restock makes its quantity available', async () => {
    expect((await react(inventory, 'tea', stocked, { type: 'Restock', body: { quantity: 2 } })).state).toEqual({
      ...stocked,
      restocked: 7,
      available: 7,
    })
  })

  test('enough stock is reserved, and the customer charged', async () => {
    expect(await react(inventory, 'tea', stocked, { type: 'Reserve', body })).toEqual({
      state: { ...stocked, available: 2, reserved: 3 },
      sent: [{ to: 'payment', id: 'c1', type: 'Charge', body: { order: 'o1', sku: 'tea', quantity: 3, pence: 450 } }],
    })
  })

  test('the last piece can be reserved', async () => {
    const { state } = await react(inventory, 'tea', stocked, { type: 'Reserve', body: { ...body, quantity: 5 } })
    expect(state).toEqual({ ...stocked, available: 0, reserved: 5 })
  })

  test('too little stock leaves everything as it is and tells the order', async () => {
    expect(await react(inventory, 'tea', stocked, { type: 'Reserve', body: { ...body, quantity: 6 } })).toEqual({
      state: stocked,
      sent: [{ to: 'order', id: 'o1', type: 'OutOfStock', body: {} }],
    })
  })

  test('released goods are available again, shipped goods are not', async () => {
    const reserved = { restocked: 5, available: 2, reserved: 3, shipped: 0 }
    expect((await react(inventory, 'tea', reserved, { type: 'Release', body: { quantity: 3 } })).state).toEqual(stocked)
    expect((await react(inventory, 'tea', reserved, { type: 'Shipped', body: { quantity: 3 } })).state).toEqual({
      ...reserved,
      reserved: 0,
      shipped: 3,
    })
  })
})

describe('payment', () => {
  const body = { order: 'o1', sku: 'tea', quantity: 3, pence: 450 }
  const ship = { to: 'shipping', id: 'o1', type: 'Ship', body: { customer: 'c1', sku: 'tea', quantity: 3, pence: 450 } }

  test('credit is unlimited until a limit is set', async () => {
    expect(await react(payment, 'c1', undefined, { type: 'Charge', body })).toEqual({ state: { charged: 450 }, sent: [ship] })
    expect((await react(payment, 'c1', undefined, { type: 'SetLimit', body: { pence: 100 } })).state).toEqual({
      charged: 0,
      limit: 100,
    })
  })

  test('a charge that meets the limit exactly is made', async () => {
    expect(await react(payment, 'c1', { charged: 50, limit: 500 }, { type: 'Charge', body })).toEqual({
      state: { charged: 500, limit: 500 },
      sent: [ship],
    })
  })

  test('a charge over the limit is declined and its reservation given back', async () => {
    const state = { charged: 51, limit: 500 }
    expect(await react(payment, 'c1', state, { type: 'Charge', body })).toEqual({
      state,
      sent: [
        { to: 'inventory', id: 'tea', type: 'Release', body: { quantity: 3 } },
        { to: 'order', id: 'o1', type: 'Declined', body: {} },
      ],
    })
  })

  test('a refund makes room under the limit again', async () => {
    const { state } = await react(payment, 'c1', { charged: 500, limit: 500 }, { type: 'Refund', body: { pence: 450 } })
    expect(state).toEqual({ charged: 50, limit: 500 })
  })
})

describe('shipping', () => {
  test('a shipment tells inventory, order and customer', async () => {
    expect(await react(shipping, 'o1', undefined, { type: 'Ship', body: place })).toEqual({
      state: { status: 'shipped' },
      sent: [
        { to: 'inventory', id: 'tea', type: 'Shipped', body: { quantity: 3 } },
        { to: 'order', id: 'o1', type: 'Shipped', body: {} },
        { to: 'customer', id: 'c1', type: 'Bought', body: { order: 'o1', pence: 450 } },
      ],
    })
  })

  test('a shipment that has not left is stopped, and gives back what comes for it', async () => {
    const stopped = await react(shipping, 'o1', undefined, { type: 'Stop' })
    expect(stopped).toEqual({
      state: { status: 'stopped' },
      sent: [{ to: 'order', id: 'o1', type: 'Stopped', body: {} }],
    })
    expect(await react(shipping, 'o1', stopped.state, { type: 'Ship', body: place })).toEqual({
      state: { status: 'returned' },
      sent: [
        { to: 'payment', id: 'c1', type: 'Refund', body: { pence: 450 } },
        { to: 'inventory', id: 'tea', type: 'Release', body: { quantity: 3 } },
      ],
    })
  })

  test.each(['shipped', 'stopped', 'returned'])('a shipment that is %s is not stopped any more', async (status) => {
    expect(await react(shipping, 'o1', { status }, { type: 'Stop' })).toEqual({ state: { status }, sent: [] })
  })
})

test('a customer keeps totals', async () => {
  const { state } = await react(customer, 'c1', { orders: 1, pence: 50 }, { type: 'Bought', body: { order: 'o1', pence: 450 } })
  expect(state).toEqual({ orders: 2, pence: 500 })
})
