import { describe, expect, test } from '@jest/globals'
import { customer } from '../../functions/customer/process.ts'
import { inventory } from '../../functions/inventory/process.ts'
import { order } from '../../functions/order/process.ts'
import { payment } from '../../functions/payment/process.ts'
import { shipping } from '../../functions/shipping/process.ts'
import { react } from './fake-context.ts'

const place = { customer: 'c1', sku: 'tea', quantity: 3, pence: 450 }
const placed = { status: 'placed', ...place }

describe('order', () => {
  test('a placed order reserves its stock', async () => {
    expect(await react(order, 'o1', undefined, { type: 'Place', body: place })).toEqual({
      state: placed,
      sent: [{ to: 'inventory', id: 'tea', type: 'Reserve', body: { order: 'o1', customer: 'c1', quantity: 3, pence: 450 } }],
    })
  })

  test.each(['placed', 'shipped', 'outOfStock', 'declined'])('an order that is %s ignores a second Place', async (status) => {
    const state = { ...placed, status }
    expect(await react(order, 'o1', state, { type: 'Place', body: { ...place, quantity: 9 } })).toEqual({ state, sent: [] })
  })

  test.each([
    ['Shipped', 'shipped'],
    ['OutOfStock', 'outOfStock'],
    ['Declined', 'declined'],
  ])('%s ends a placed order, and no other', async (type, status) => {
    expect(await react(order, 'o1', placed, { type })).toEqual({ state: { ...placed, status }, sent: [] })
    const ended = { ...placed, status: 'shipped' }
    expect(await react(order, 'o1', ended, { type })).toEqual({ state: ended, sent: [] })
    expect(await react(order, 'o1', undefined, { type })).toEqual({ state: { status: 'new' }, sent: [] })
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
})

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

test('a customer keeps totals', async () => {
  const { state } = await react(customer, 'c1', { orders: 1, pence: 50 }, { type: 'Bought', body: { order: 'o1', pence: 450 } })
  expect(state).toEqual({ orders: 2, pence: 500 })
})
