// What the shop does with what it should not be sent: a clear answer with the right status, and nothing half done.
import { describe, expect, test } from '@jest/globals'
import { Inventory } from '../../../functions/inventory/contract.ts'
import { order } from '../../../functions/order/process.ts'
import { session } from '../../../functions/session/process.ts'
import { Settings, shop as theShop } from '../../../functions/settings/contract.ts'
import { openShop, origin } from './browsing.ts'

const headingOf = ({ text }: { readonly text: string }): string | undefined => /<h1>(.*?)<\/h1>/.exec(text)?.[1]

/** Tells status and heading, which is what a visitor sees of a refusal. */
const seen = (page: { readonly status: number; readonly text: string }) => [page.status, headingOf(page)]

describe('what is not there', () => {
  test('an unknown product is not found, by its page and by the basket', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    expect(seen(await ann.ask('/products/nothing'))).toEqual([404, 'There is nothing here'])
    expect(seen(await ann.ask('/products/%00%01'))).toEqual([404, 'There is nothing here'])
    expect(seen(await ann.submit('/products/71053', '/basket', { sku: 'nothing' }))).toEqual([404, 'We do not sell that'])
    expect(world.states(session)).toEqual([])
  })

  test('a page, an order and an asset that do not exist are not found, in the frame of the shop', async () => {
    const { visitor } = await openShop()
    for (const path of ['/nowhere', '/orders/000000000000', '/orders/000000000000/status', '/assets/shop.000000000000.css']) {
      const page = await visitor().ask(path)
      expect([path, page.status]).toEqual([path, 404])
      expect(page.text).toContain('role="search"')
    }
  })

  test('an order that the catalogue does not have, and a cursor of another query, are refused', async () => {
    const { visitor } = await openShop()
    const first = await visitor().ask('/')
    const [, cursor = ''] = /rel="next" href="[^"]*cursor=([^"&]*)"/.exec(first.text) ?? []
    expect(cursor).not.toBe('')
    expect((await visitor().ask(`/?cursor=${cursor}`)).status).toBe(200)
    expect(seen(await visitor().ask(`/?category=Boxes&cursor=${cursor}`))).toEqual([400, 'That page is of another list'])
    expect(seen(await visitor().ask('/?sort=colour'))).toEqual([400, 'We cannot look for that'])
    expect(seen(await visitor().ask(`/?q=${'x'.repeat(81)}`))).toEqual([400, 'We cannot look for that'])
  })

  test('a method that a page does not have is answered with those it has', async () => {
    const { visitor } = await openShop()
    const page = await visitor().ask('/basket', { method: 'PUT', headers: { origin } })
    expect(seen(page)).toEqual([405, 'That is not how it works'])
    expect(page.headers.get('allow')).toBe('GET, HEAD, POST')
    expect((await visitor().ask('/orders/000000000000/cancel')).status).toBe(405)
  })
})

describe('a quantity', () => {
  test.each(['-1', '1.5', 'one', '', '100', '1e3', '999999999999'])(
    'of %p is refused, and the basket stays as it was',
    async (quantity) => {
      const { visitor, world } = await openShop()
      const ann = visitor()
      await ann.take('71053', 2)
      expect((await ann.take('71053', quantity as never)).status).toBe(422)
      expect(world.states(session)).toMatchObject([{ lines: [{ sku: '71053', quantity: 2 }] }])
    },
  )

  test('that is too much with what is in the basket is refused', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    await ann.take('71053', 60)
    expect(seen(await ann.take('71053', 40))).toEqual([422, 'That cannot be right'])
    expect(world.states(session)).toMatchObject([{ lines: [{ quantity: 60 }] }])
  })

  test('of nought takes the product out', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    await ann.take('71053', 2)
    expect((await ann.submit('/basket', '/basket', { quantity: 0 })).status).toBe(303)
    expect(world.states(session)).toMatchObject([{ lines: [] }])
  })
})

test('a basket takes 15 products', async () => {
  const { visitor } = await openShop()
  const ann = visitor()
  for (let n = 0; n < 15; n += 1) expect((await ann.take(`T${n}`)).status).toBe(303)
  expect(seen(await ann.take('T15'))).toEqual([422, 'That cannot be right'])
})

describe('a checkout', () => {
  test('that is sent twice orders once, at once, one after the other, and hours later', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    await ann.take('71053')
    await world.advance('1m')
    const form = await ann.form('/checkout', '/checkout')
    const both = await Promise.all([ann.post('/checkout', form), ann.post('/checkout', form)])
    const again = await ann.post('/checkout', form)
    expect([...both, again].map(({ status }) => status)).toEqual([303, 303, 303])
    const places = [...both, again].map(({ headers }) => headers.get('location'))
    expect(places[0]).toMatch(/^\/orders\/\w{12}$/)
    expect(new Set(places).size).toBe(1)
    // Its answer is not remembered for ever; what came of it is among the orders.
    for (let n = 0; n < 20; n += 1) {
      await world.advance('1h')
      await ann.take('71053')
    }
    expect((await ann.post('/checkout', form)).headers.get('location')).toBe('/orders')
    await world.advance('1m')
    expect(world.states(order)).toHaveLength(1)
  })

  test('of two forms of one basket orders once', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    await ann.take('71053')
    await world.advance('1m')
    const forms = [await ann.form('/checkout', '/checkout'), await ann.form('/checkout', '/checkout')]
    const pages = await Promise.all(forms.map((form) => ann.post('/checkout', form)))
    expect(pages.map(({ status }) => status).sort()).toEqual([303, 409])
    await world.advance('1m')
    expect(world.states(order)).toHaveLength(1)
  })

  test('of the last piece by two people ships one, and tells the other', async () => {
    const { visitor, world } = await openShop({ stock: 1 })
    const [ann, bob] = [visitor(), visitor('192.0.2.2')]
    for (const one of [ann, bob]) await one.take('71053')
    await world.advance('1m')
    const forms = [await ann.form('/checkout', '/checkout'), await bob.form('/checkout', '/checkout')]
    const [first, second] = await Promise.all([ann.post('/checkout', forms[0] ?? {}), bob.post('/checkout', forms[1] ?? {})])
    await world.advance('1m')
    expect([first?.status, second?.status]).toEqual([303, 303])
    const pages = [await ann.ask(first?.headers.get('location') ?? ''), await bob.ask(second?.headers.get('location') ?? '')]
    const told = pages.map(({ text }) => /On its way to you|Sold out: somebody was faster/.exec(text)?.[0])
    expect(told.sort()).toEqual(['On its way to you', 'Sold out: somebody was faster'])
    expect(
      world
        .states(order)
        .map(({ status }) => status)
        .sort(),
    ).toEqual(['outOfStock', 'shipped'])
    // A third one hears of it before anything is ordered.
    const cy = visitor('192.0.2.3')
    expect((await cy.ask('/products/71053')).text).toContain('Sold out')
    await cy.submit('/products/85123A', '/basket', { sku: '71053' })
    await world.advance('1m')
    expect(seen(await cy.checkout())).toEqual([409, 'Somebody was faster'])
    expect(world.states(order)).toHaveLength(2)
  })

  test('at a price that has changed since orders nothing', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    await ann.take('71053')
    await world.advance('1m')
    const form = await ann.form('/checkout', '/checkout')
    world.send(Inventory, '71053').Price({ pence: 300 })
    await world.advance('1m')
    expect(seen(await ann.post('/checkout', form))).toEqual([409, 'A price has changed'])
    expect(seen(await ann.post('/checkout', { ...form, pence: 1 }))).toEqual([409, 'A price has changed'])
    expect(world.states(order)).toEqual([])
    expect(world.states(session)).toMatchObject([{ lines: [{ sku: '71053' }] }])
  })

  test('of an empty basket leads back, and orders nothing', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    expect((await ann.ask('/checkout')).headers.get('location')).toBe('/basket')
    await ann.take('71053')
    await world.advance('1m')
    const form = await ann.form('/checkout', '/checkout')
    await ann.submit('/basket', '/basket', { quantity: 0 })
    expect(seen(await ann.post('/checkout', form))).toEqual([409, 'Your basket is empty'])
  })

  test('beyond the credit is declined, and costs nothing', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    await ann.take('71053', 61)
    await world.advance('1m')
    expect((await ann.ask('/checkout')).text).toContain('That is less than this comes to')
    const path = (await ann.checkout()).headers.get('location') ?? ''
    await world.advance('1m')
    expect((await ann.ask(path)).text).toContain('Declined: your credit does not cover it')
    expect(world.view(Inventory, '71053')).toMatchObject({ available: 100 })
  })

  test('in a shop that is closed is refused, and the basket is kept', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    await ann.take('71053')
    await world.advance('1m')
    const form = await ann.form('/checkout', '/checkout')
    await world.call(Settings, theShop).CompareAndSet({ version: 0, value: { open: false, notice: 'Back on Monday' } })
    await world.advance('10s')
    const page = await ann.post('/checkout', form)
    expect(seen(page)).toEqual([503, 'The shop is closed'])
    expect(page.headers.get('retry-after')).toBe('300')
    expect((await ann.ask('/')).text).toContain('Back on Monday')
    expect(world.states(session)).toMatchObject([{ lines: [{ sku: '71053' }] }])
  })
})

describe('an order', () => {
  test('that is held is confirmed, or cancelled, by its visitor alone', async () => {
    const { visitor, world } = await openShop()
    const [ann, bob] = [visitor(), visitor('192.0.2.2')]
    const paths: string[] = []
    for (const sku of ['71053', '85123A']) {
      await ann.take(sku)
      await world.advance('1m')
      paths.push((await ann.checkout({ hold: 'yes' })).headers.get('location') ?? '')
      await world.advance('1m')
    }
    const [first = '', second = ''] = paths
    expect((await ann.ask(first)).text).toContain('We hold your order until you confirm it.')
    await bob.take('71053')
    const { token = '' } = await bob.form('/products/71053', '/basket')
    expect((await bob.ask(first)).status).toBe(404)
    expect((await bob.post(`${first}/confirm`, { token })).status).toBe(404)
    expect((await ann.submit(first, `${first}/confirm`)).status).toBe(303)
    expect((await ann.submit(second, `${second}/cancel`)).status).toBe(303)
    await world.advance('1m')
    expect((await ann.ask(first)).text).toContain('All of it is on its way to you.')
    expect((await ann.ask(second)).text).toContain('Cancelled: nothing was charged')
    expect(world.view(Inventory, '85123A')).toMatchObject({ available: 100 })
  })

  test('that has not changed is not sent again to who asks how it stands', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    await ann.take('71053')
    await world.advance('1m')
    const path = (await ann.checkout()).headers.get('location') ?? ''
    await world.advance('1m')
    const first = await ann.ask(`${path}/status`)
    const etag = first.headers.get('etag') ?? ''
    expect(etag).not.toBe('')
    const again = await ann.ask(`${path}/status`, { headers: { 'if-none-match': etag } })
    expect([again.status, again.text]).toEqual([304, ''])
  })
})

describe('a session', () => {
  test('that has ended is told so, and nothing is ordered from it', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    await ann.take('71053')
    await world.advance('29 days')
    const form = await ann.form('/checkout', '/checkout')
    await world.advance('2 days')
    expect(world.states(session)).toEqual([])
    expect(seen(await ann.post('/checkout', form))).toEqual([410, 'Your visit has ended'])
    expect((await ann.ask('/orders')).text).toContain('Your visit has ended')
    expect((await ann.ask('/basket')).text).toContain('Your visit has ended')
    expect(world.states(order)).toEqual([])
    // The page has brought a new cookie.
    expect((await ann.take('85123A')).status).toBe(303)
    expect(world.states(session)).toMatchObject([{ lines: [{ sku: '85123A' }] }])
  })

  test('that is used goes on', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    await ann.take('71053')
    for (const sku of ['85123A', '22752']) {
      await world.advance('20 days')
      await ann.take(sku)
    }
    expect(world.states(session)).toMatchObject([{ lines: [{ sku: '71053' }, { sku: '85123A' }, { sku: '22752' }] }])
    await world.advance('31 days')
    expect(world.states(session)).toEqual([])
  })
})
