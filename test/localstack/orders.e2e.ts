// The reference app as its CDK app deploys it: orders from outside run to their end, and the sums are right.
import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { compare, type Invoice, readInvoices, readTotals } from '../../bench/orders/totals.ts'
import { app } from '../../functions/app.ts'
import { Customer } from '../../functions/customer/contract.ts'
import { violations } from '../../functions/invariants.ts'
import { Inventory } from '../../functions/inventory/contract.ts'
import { Order } from '../../functions/order/contract.ts'
import { nodes } from '../../infra/nodes.ts'
import { type Client, connect } from '../../lib/aws/index.ts'
import { planOf } from '../../lib/cdk/plan.ts'
import { functionName } from '../../lib/core/names.ts'
import { eventually, receive, sendRaw, standing, statesOf } from './aws.ts'
import { deployReference, destroy, referenceApp } from './cdklocal.ts'
import { report } from './report.ts'

const placements = [...planOf(app, nodes).placements.values()]
const tables = placements.map(({ names }) => names.table).sort()
const mailboxes = placements.flatMap((one) => one.mailboxes).sort()
const ofTimers = placements.filter(({ process }) => process.deploy.timers)
const timerQueues = ofTimers.map(({ names }) => names.timer)
const invoicesMax = 500

let client: Client<'order' | 'inventory' | 'customer'>
beforeAll(async () => {
  await deployReference()
  client = connect({ uses: [Order, Inventory, Customer] })
})
afterAll(() => client?.close())

const statusOf = async (order: string): Promise<string | undefined> =>
  (await client.view(Order, order, { consistent: true }))?.status
const ended = (order: string): Promise<string | undefined> =>
  eventually(
    () => statusOf(order),
    (status) => status !== undefined && status !== 'new' && status !== 'placed' && status !== 'stopping',
  )
const place = (order: string, sku: string, key?: string): string =>
  JSON.stringify({
    ...(key !== undefined && { id: key }),
    to: order,
    type: 'Place',
    body: { customer: 'ada', sku, quantity: 2, pence: 700 },
  })

describe('the reference app on LocalStack', () => {
  test('has a function, a table, a mailbox and a dead-letter queue for each process, a timer queue where it has timers, and the web function', async () => {
    expect(await standing('gavotte')).toEqual({
      stacks: Object.keys(nodes)
        .map((node) => `gavotte-${node}`)
        .sort(),
      functions: [
        ...placements.map(({ names }) => names.function),
        ...app.web.map(({ name }) => functionName(app.name, name)),
      ].sort(),
      mappings: [...mailboxes, ...timerQueues].sort(),
      queues: [
        ...mailboxes,
        ...timerQueues,
        ...placements.map(({ names }) => names.deadLetter),
        ...ofTimers.map(({ names }) => names.timerDeadLetter),
      ].sort(),
      tables,
      scheduleGroups: [...new Set(ofTimers.map(({ scheduleGroup }) => scheduleGroup))].sort(),
    })
  })

  test('runs an order that a client sends until it is shipped', async () => {
    await client.send(Inventory, 'tea').Restock({ quantity: 100 })
    await client.send(Order, 'one').Place({ customer: 'ada', sku: 'tea', quantity: 2, pence: 700 })
    expect(await ended('one')).toBe('shipped')
  })

  test('runs an order that is a plain envelope on the queue until it is shipped', async () => {
    await sendRaw('gavotte-order.fifo', place('two', 'tea'), 'two')
    expect(await ended('two')).toBe('shipped')
  })

  test('ends an order that cannot be met', async () => {
    await sendRaw('gavotte-order.fifo', place('three', 'gold'), 'three')
    expect(await ended('three')).toBe('outOfStock')
  })

  test('stops an order that is cancelled, or ships it: one of the two', async () => {
    await client.send(Order, 'six').Place({ customer: 'ada', sku: 'tea', quantity: 2, pence: 700 })
    await client.send(Order, 'six').Cancel()
    expect(['cancelled', 'shipped']).toContain(await ended('six'))
  })

  test('applies an order once that is sent twice under one key, past the deduplication of SQS', async () => {
    await sendRaw(
      'gavotte-inventory.fifo',
      JSON.stringify({ to: 'cake', type: 'Restock', id: 'cakes', body: { quantity: 9 } }),
      'a',
    )
    await sendRaw(
      'gavotte-inventory.fifo',
      JSON.stringify({ to: 'cake', type: 'Restock', id: 'cakes', body: { quantity: 9 } }),
      'b',
    )
    await sendRaw('gavotte-order.fifo', place('four', 'cake', 'click-4'), 'four')
    await sendRaw('gavotte-order.fifo', place('four', 'cake', 'click-4'), 'four')
    expect(await ended('four')).toBe('shipped')
    const view = await eventually(
      () => client.view(Inventory, 'cake', { consistent: true }),
      (found) => found?.available === 7,
    )
    expect(view).toEqual({ available: 7 })
  })

  test('sets a malformed message aside with its reason and goes on', async () => {
    await sendRaw('gavotte-order.fifo', '{"type":"Place"}', 'nobody')
    await sendRaw('gavotte-order.fifo', place('five', 'tea'), 'five')
    expect(await ended('five')).toBe('shipped')
    const letters = await eventually(
      () => receive('gavotte-order-dlq.fifo'),
      (found) => found.length > 0,
    )
    expect(letters).toMatchObject([{ MessageAttributes: { reason: { StringValue: 'malformed' } } }])
    expect(JSON.parse(letters[0]?.Body ?? '')).toEqual({ type: 'Place' })
  })

  test(
    'ships the invoices of a file, and every customer’s totals are those of the file',
    async () => {
      const invoices = await someInvoices()
      // The other tests' customers are none of the file's; `ada`'s last order may still be on its way to her.
      const others = new Set(['ada', ...Object.keys(await readTotals(process.env.AWS_ENDPOINT_URL ?? ''))])
      const began = performance.now()
      const skus = new Set(invoices.map(skuOf))
      await Promise.all([...skus].map((sku) => client.send(Inventory, sku).Restock({ quantity: invoices.length })))
      await Promise.all(
        invoices.map(({ invoice, customer, pence }) =>
          client
            .send(Order, invoice)
            .Place({ customer, sku: skuOf({ invoice }), quantity: 1, pence }, { key: `invoice-${invoice}` }),
        ),
      )
      const totals = async () => {
        const found = Object.entries(await readTotals(process.env.AWS_ENDPOINT_URL ?? ''))
        return compare(invoices, Object.fromEntries(found.filter(([customer]) => !others.has(customer))))
      }
      const found = await eventually(totals, ({ ok }) => ok, {
        withinSeconds: 900,
        progress: ({ orders }) => `${orders} of ${invoices.length} orders shipped`,
      })
      expect(found).toMatchObject({ ok: true, orders: invoices.length, wrong: [] })
      const seconds = Math.round((performance.now() - began) / 1000)
      report(`${invoices.length} orders, 7 messages each, in ${seconds} s`)
    },
    20 * 60_000,
  )

  test(
    'keeps all that must hold over all instances once it is quiet',
    async () => {
      const states = async () => {
        const found = placements.map(async ({ process, names }) => [process.contract.name, await statesOf(names.table)] as const)
        return Object.fromEntries(await Promise.all(found))
      }
      // The customers' sums are complete before the last orders have heard of it: they take their time as the invoices did.
      const found = await eventually(
        async () => violations(await states()),
        (faults) => faults.length === 0,
        { withinSeconds: 900, progress: ({ length }) => `${length} claims do not hold yet` },
      )
      expect(found).toEqual([])
    },
    20 * 60_000,
  )

  test('leaves nothing behind when it is destroyed, its tables and schedules aside', async () => {
    await destroy(referenceApp)
    expect({ ...(await standing('gavotte')), tables: [], scheduleGroups: [] }).toEqual({
      stacks: [],
      functions: [],
      mappings: [],
      queues: [],
      tables: [],
      scheduleGroups: [],
    })
  })

  test('keeps its tables when it is destroyed, as their deletion policy says', async () => {
    expect((await standing('gavotte')).tables).toEqual(tables)
  })
})

const skuOf = ({ invoice }: Pick<Invoice, 'invoice'>): string => `sku-${invoice.slice(-2)}`

/** Of the file that GAVOTTE_INVOICES names (columns InvoiceNo, CustomerID, TotalPrice); without one they are made up. */
const someInvoices = (): Promise<readonly Invoice[]> => {
  const file = process.env.GAVOTTE_INVOICES
  if (file !== undefined && existsSync(file)) return readInvoices(file, invoicesMax)
  report(`GAVOTTE_INVOICES names no file: ${invoicesMax} invoices are made up`)
  return Promise.resolve(
    Array.from({ length: invoicesMax }, (_, n) => ({
      invoice: String(536_365 + n),
      customer: `customer-${n % 97}`,
      pence: ((n * 7919) % 50_000) + 1,
    })),
  )
}
