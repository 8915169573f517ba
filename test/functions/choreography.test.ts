import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { app } from '../../functions/app.ts'
import { violations } from '../../functions/invariants.ts'
import { react, type Sent } from './fake-context.ts'

const processes = new Map(app.processes.map((process) => [process.contract.name, process]))

/**
 * Delivers until all is quiet. Order is kept from one sender to one receiver; `choose` picks which pair is next.
 * @returns the states, and how many messages were handled
 */
const settle = async (inputs: readonly Sent[], choose: (count: number) => number) => {
  const states: { [process: string]: { [id: string]: unknown } } = {}
  const waiting = new Map<string, Sent[]>()
  const post = (from: string, message: Sent) => {
    const pair = `${from} ${message.to}/${message.id}`
    waiting.set(pair, [...(waiting.get(pair) ?? []), message])
  }
  for (const input of inputs) post('outside', input)
  let handled = 0
  for (; waiting.size > 0; handled++) {
    const pair = [...waiting.keys()][choose(waiting.size)] ?? ''
    const [message, ...later] = waiting.get(pair) ?? []
    if (later.length > 0) waiting.set(pair, later)
    else waiting.delete(pair)
    const process = processes.get(message?.to ?? '')
    if (message === undefined || process === undefined) throw new Error(`nothing to deliver on ${pair}`)
    states[message.to] ??= {}
    const instances = states[message.to] ?? {}
    const { state, sent } = await react(process, message.id, instances[message.id], message)
    instances[message.id] = state
    for (const one of sent) post(`${message.to}/${message.id}`, one)
  }
  return { states, handled }
}

const sku = fc.constantFrom('tea', 'mug')
const customer = fc.constantFrom('c1', 'c2')
const quantity = fc.integer({ min: 1, max: 5 })
const pence = fc.integer({ min: 0, max: 500 })
const id = fc.integer({ min: 1, max: 12 }).map((n) => `o${n}`)
const input: fc.Arbitrary<Sent> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(id, fc.record({ customer, sku, quantity, pence }))
      .map(([id, body]) => ({ to: 'order', id, type: 'Place', body })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(sku, fc.record({ quantity })).map(([id, body]) => ({ to: 'inventory', id, type: 'Restock', body })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(customer, fc.record({ pence })).map(([id, body]) => ({ to: 'payment', id, type: 'SetLimit', body })),
  },
)

test('an order that goes well takes 7 messages', async () => {
  const { states, handled } = await settle(
    [
      { to: 'inventory', id: 'tea', type: 'Restock', body: { quantity: 5 } },
      { to: 'order', id: 'o1', type: 'Place', body: { customer: 'c1', sku: 'tea', quantity: 3, pence: 450 } },
    ],
    () => 0,
  )
  expect(handled).toBe(1 + 7)
  expect(violations(states)).toEqual([])
  expect(states).toEqual({
    inventory: { tea: { restocked: 5, available: 2, reserved: 0, shipped: 3 } },
    order: { o1: { status: 'shipped', customer: 'c1', sku: 'tea', quantity: 3, pence: 450 } },
    payment: { c1: { charged: 450 } },
    shipping: { o1: { status: 'shipped' } },
    customer: { c1: { orders: 1, pence: 450 } },
  })
})

test('money and stock are conserved and every order ends, whatever the order of arrivals', async () => {
  const ends = new Set<unknown>()
  await fc.assert(
    fc.asyncProperty(fc.array(input, { maxLength: 40 }), fc.infiniteStream(fc.nat()), async (inputs, picks) => {
      const { states } = await settle(inputs, (count) => Number(picks.next().value) % count)
      expect(violations(states)).toEqual([])
      const orders = Object.values(states.order ?? {}) as readonly { status: string }[]
      for (const { status } of orders) ends.add(status)
      expect(Object.keys(states.order ?? {}).sort()).toEqual(
        [...new Set(inputs.filter(({ to }) => to === 'order').map(({ id }) => id))].sort(),
      )
    }),
    { numRuns: 300 },
  )
  expect(ends).toEqual(new Set(['shipped', 'outOfStock', 'declined']))
})
