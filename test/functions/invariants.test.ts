import { expect, test } from '@jest/globals'
import { violations } from '../../functions/invariants.ts'

const quiet = {
  order: {
    o1: { status: 'shipped', customer: 'c1', sku: 'tea', quantity: 3, pence: 450 },
    o2: { status: 'declined', customer: 'c1', sku: 'tea', quantity: 1, pence: 150 },
  },
  inventory: { tea: { restocked: 5, available: 2, reserved: 0, shipped: 3 } },
  payment: { c1: { charged: 450, limit: 500 } },
  shipping: { o1: { status: 'shipped' } },
  customer: { c1: { orders: 1, pence: 450 } },
}

test('nothing is violated where all accounts agree, and where nothing happened', () => {
  expect(violations(quiet)).toEqual([])
  expect(violations({})).toEqual([])
})

test('an order that is still placed has not ended', () => {
  const order = { ...quiet.order, o3: { ...quiet.order.o2, status: 'placed' } }
  expect(violations({ ...quiet, order })).toEqual(['order/o3 has not ended'])
})

test('an order that was stopped is cancelled or late, and what it had is given back', () => {
  const with3 = (status: string, shipment?: string) =>
    violations({
      ...quiet,
      order: { ...quiet.order, o3: { ...quiet.order.o2, status } },
      shipping: { ...quiet.shipping, ...(shipment !== undefined && { o3: { status: shipment } }) },
    })
  expect(with3('stopping', 'stopped')).toEqual(['order/o3 has not ended'])
  expect(with3('cancelled', 'stopped')).toEqual([])
  expect(with3('late', 'returned')).toEqual([])
  expect(with3('cancelled')).toEqual([])
  expect(with3('late')).toEqual(['order/o3 is late, but shipping/o3 was not stopped'])
  expect(with3('outOfStock', 'returned')).toEqual(['order/o3 is outOfStock, but shipping/o3 gave it back'])
  expect(with3('cancelled', 'shipped')).toEqual(['order/o3 is cancelled, but shipping/o3 shipped it'])
})

test('a shipment twice, missing or of no order is found', () => {
  expect(violations({ ...quiet, shipping: {} })).toEqual(['order/o1 is shipped, but shipping/o1 shipped nothing'])
  const order = { o2: quiet.order.o2 }
  expect(violations({ ...quiet, order })).toContain('shipping/o1 belongs to no order')
  const shipping = { ...quiet.shipping, o2: { status: 'shipped' } }
  expect(violations({ ...quiet, shipping })).toEqual(['order/o2 is declined, but shipping/o2 shipped it'])
})

test('stock that is lost, made, kept back or oversold is found', () => {
  const tea = (change: object) => violations({ ...quiet, inventory: { tea: { ...quiet.inventory.tea, ...change } } })
  expect(tea({ available: 1 })).toEqual(['inventory/tea was restocked by 5, but accounts for 4'])
  expect(tea({ available: -1, shipped: 6 })).toContain('inventory/tea has -1 available')
  expect(tea({ available: 1, reserved: 1 })).toEqual(['inventory/tea still reserves 1'])
  expect(tea({ available: 1, shipped: 4 })).toEqual(['inventory/tea shipped 4, but shipped orders hold 3'])
  expect(violations({ ...quiet, inventory: {} })).toEqual(['inventory/tea shipped 0, but shipped orders hold 3'])
})

test('money that is charged twice, or a total that lags, is found by account', () => {
  expect(violations({ ...quiet, payment: { c1: { charged: 900 } } })).toEqual([
    'payment/c1 charged 900 pence, but shipped orders cost 450',
  ])
  expect(violations({ ...quiet, customer: {} })).toEqual([
    'customer/c1 spent 0 pence, but shipped orders cost 450',
    'customer/c1 bought 0 orders, but 1 are shipped',
  ])
})

test('a state that is not of its process is refused', () => {
  expect(() => violations({ ...quiet, customer: { c1: { orders: 1 } } })).toThrow('pence')
})
