import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { app } from '../../functions/app.ts'
import { violations } from '../../functions/invariants.ts'
import { react, type Sent, type Timer } from './fake-context.ts'

const processes = new Map(app.processes.map((process) => [process.contract.name, process]))

/** The timers of one instance, and its own time: ms since it began. */
interface Clock {
  now: number
  readonly due: Map<string, Timer & { readonly at: number }>
}

/**
 * Delivers until all is quiet. Order is kept from one sender to one receiver; `choose` picks which pair is next, or whose next timer. A
 * timer may come at any time: messages may have taken as long as that.
 * @returns the states, and how many messages were handled
 */
const settle = async (inputs: readonly Sent[], choose: (count: number) => number) => {
  const states: { [process: string]: { [id: string]: unknown } } = {}
  const waiting = new Map<string, Sent[]>()
  const clocks = new Map<string, Clock>()
  const post = (from: string, message: Sent) => {
    const pair = `${from} ${message.to}/${message.id}`
    waiting.set(pair, [...(waiting.get(pair) ?? []), message])
  }
  const take = (pair: string): Sent => {
    const [message, ...later] = waiting.get(pair) ?? []
    if (message === undefined) throw new Error(`nothing to deliver on ${pair}`)
    if (later.length > 0) waiting.set(pair, later)
    else waiting.delete(pair)
    return message
  }
  const fire = (address: string): Sent => {
    const clock = clocks.get(address) as Clock
    const [name, timer] = [...clock.due].reduce((first, one) => (one[1].at < first[1].at ? one : first))
    clock.now = timer.at
    if (timer.every === undefined) clock.due.delete(name)
    else clock.due.set(name, { ...timer, at: timer.at + timer.every })
    const [to = '', id = ''] = address.split('/')
    return { to, id, type: timer.type, body: timer.body }
  }
  for (const input of inputs) post('outside', input)
  let handled = 0
  for (; ; handled++) {
    const ticking = [...clocks].filter(([, { due }]) => due.size > 0).map(([address]) => address)
    if (waiting.size + ticking.length === 0) return { states, handled }
    const chosen = [...waiting.keys(), ...ticking][choose(waiting.size + ticking.length)] ?? ''
    const message = waiting.has(chosen) ? take(chosen) : fire(chosen)
    const process = processes.get(message.to)
    if (process === undefined) throw new Error(`nobody takes ${message.to}`)
    states[message.to] ??= {}
    const instances = states[message.to] ?? {}
    const { state, sent, timers = {} } = await react(process, message.id, instances[message.id], message)
    instances[message.id] = state
    const address = `${message.to}/${message.id}`
    for (const one of sent) post(address, one)
    const clock = clocks.get(address) ?? { now: 0, due: new Map() }
    clocks.set(address, clock)
    for (const [name, timer] of Object.entries(timers)) {
      if (timer === undefined) clock.due.delete(name)
      else clock.due.set(name, { ...timer, at: clock.now + timer.delay })
    }
  }
}

const sku = fc.constantFrom('tea', 'mug')
const customer = fc.constantFrom('c1', 'c2')
const quantity = fc.integer({ min: 1, max: 5 })
const pence = fc.integer({ min: 0, max: 500 })
const id = fc.integer({ min: 1, max: 12 }).map((n) => `o${n}`)
const approval = fc.option(fc.boolean(), { nil: undefined })
const input: fc.Arbitrary<Sent> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(id, fc.record({ customer, sku, quantity, pence, approval }))
      .map(([id, body]) => ({ to: 'order', id, type: 'Place', body })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(id, fc.constantFrom('Cancel', 'Approve')).map(([id, type]) => ({ to: 'order', id, type, body: {} })),
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

const place = { customer: 'c1', sku: 'tea', quantity: 3, pence: 450 }
const restock: Sent = { to: 'inventory', id: 'tea', type: 'Restock', body: { quantity: 5 } }
const toOrder = (type: string, body: object = {}): Sent => ({ to: 'order', id: 'o1', type, body })
const first = () => 0

test('an order that goes well takes 7 messages, and its timer does not come', async () => {
  const { states, handled } = await settle([restock, toOrder('Place', place)], first)
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

test.each([
  ['cancelled', [restock, toOrder('Place', place), toOrder('Cancel')], first],
  // Its timer, which stands last, whenever there is one.
  ['late', [restock, toOrder('Place', place)], (count: number) => count - 1],
] as const)('an order that is %s before its shipment leaves costs neither money nor goods', async (status, inputs, choose) => {
  // The restock, and the order; what comes then is the case's.
  let before = 2
  const { states } = await settle(inputs, (count) => (before-- > 0 ? 0 : choose(count)))
  expect(violations(states)).toEqual([])
  expect(states).toMatchObject({
    inventory: { tea: { available: 5, reserved: 0, shipped: 0 } },
    order: { o1: { status } },
    payment: { c1: { charged: 0 } },
    shipping: { o1: { status: 'returned' } },
  })
})

test('an order that nobody approves is reminded of daily, and expires after two weeks', async () => {
  const { states } = await settle([toOrder('Place', { ...place, approval: true })], first)
  expect(states).toEqual({ order: { o1: { status: 'expired', reminders: 14, ...place } } })
})

test('money and stock are conserved and every order ends, whatever the order of arrivals', async () => {
  const ends = new Set<unknown>()
  await fc.assert(
    fc.asyncProperty(fc.array(input, { maxLength: 40 }), fc.infiniteStream(fc.nat()), async (inputs, picks) => {
      const { states } = await settle(inputs, (count) => Number(picks.next().value) % count)
      expect(violations(states)).toEqual([])
      const orders = Object.values(states.order ?? {}) as readonly { status: string }[]
      for (const { status } of orders) ends.add(status)
      expect(orders.filter(({ status }) => status === 'awaitingApproval')).toEqual([])
      expect(Object.keys(states.order ?? {}).sort()).toEqual(
        [...new Set(inputs.filter(({ to }) => to === 'order').map(({ id }) => id))].sort(),
      )
    }),
    { numRuns: 500 },
  )
  expect(ends).toEqual(new Set(['new', 'shipped', 'outOfStock', 'declined', 'cancelled', 'late', 'expired']))
})
