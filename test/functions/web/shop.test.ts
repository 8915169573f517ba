// The shop as a visitor meets it: what they see, and what becomes of their orders.
import { expect, test } from '@jest/globals'
import { order } from '../../../functions/order/process.ts'
import { openShop } from './browsing.ts'

test('the catalogue is shown page by page, and each page only once', async () => {
  const { visitor } = await openShop()
  const first = await visitor().ask('/')
  expect(first.status).toBe(200)
  const next = /href="([^"]*)" ?>Next page|<a class="button" rel="next" href="([^"]*)">/.exec(first.text)?.[2] ?? ''
  const second = await visitor().ask(next.replaceAll('&amp;', '&'))
  const skus = [first, second].flatMap(({ text }) =>
    [...text.matchAll(/class="card"><a href="\/products\/([^"]*)"/g)].map(([, sku]) => sku),
  )
  expect(skus).toHaveLength(44)
  expect(new Set(skus).size).toBe(44)
})

test('an order is placed, follows the choreography, and ends shipped', async () => {
  const { visitor, world } = await openShop()
  const ann = visitor()
  expect((await ann.take('71053', 2)).status).toBe(303)
  await world.run()
  expect((await ann.ask('/basket')).text).toContain('£5.00')
  const placed = await ann.checkout()
  expect(placed.status).toBe(303)
  const path = placed.headers.get('location') ?? ''
  expect((await ann.ask(path)).text).toContain('Your order is under way.')
  await world.run()
  expect((await ann.ask(path)).text).toContain('All of it is on its way to you.')
  expect(JSON.parse((await ann.ask(`${path}/status`)).text)).toMatchObject({ done: true, states: { 'line-0': 'done' } })
  expect(world.states(order)).toMatchObject([{ status: 'shipped', sku: '71053', quantity: 2, pence: 500 }])
  expect((await ann.ask('/basket')).text).toContain('There is nothing in it yet.')
})
