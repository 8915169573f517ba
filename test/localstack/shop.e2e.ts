// The shop behind its function URL: a visitor's walks without a script, and the cache moved to another node while pages are asked for.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createCache } from '../../functions/cache/client.ts'
import { openCollection } from '../../functions/database/client.ts'
import { collections } from '../../functions/database/collections.ts'
import { Inventory } from '../../functions/inventory/contract.ts'
import { openShop } from '../../functions/open-shop.ts'
import { web } from '../../functions/web/web.ts'
import { type Client, connect } from '../../lib/aws/index.ts'
import { ran } from '../cli/command.ts'
import { eventually, standing } from './aws.ts'
import { deployReference, deployStack, movedApp } from './cdklocal.ts'
import { openUrl, type ShopUrl } from './shop-url.ts'

let client: Client<(typeof web.uses)[number]['name']>
let shop: ShopUrl
beforeAll(async () => {
  await deployReference()
  client = connect({ uses: web.uses })
  const { code, err } = await ran(openShop, [], { env: process.env })
  if (code !== 0) throw new Error(`the shop could not be filled: ${err}`)
  const products = await Array.fromAsync(openCollection(client, collections, 'products').all())
  const priced = () => Promise.all(products.map(async ({ key }) => (await client.view(Inventory, key))?.pence !== undefined))
  await eventually(priced, (found) => !found.includes(false))
  shop = await openUrl(client)
})
afterAll(() => client?.close())

type Visitor = ReturnType<ShopUrl['visitor']>

/** Orders what is in the basket, once the account is open. */
const order = async ({ ask, checkout }: Visitor, changed: { readonly hold?: 'yes' } = {}) => {
  await accountOf({ ask })
  return checkout(changed)
}
const accountOf = ({ ask }: Pick<Visitor, 'ask'>) =>
  eventually(
    () => ask('/checkout'),
    ({ text }) => text.includes('of credit left'),
  )
const summaryOf = (page: string): string => /data-text="summary"[^>]*>([^<]*)</.exec(page)?.[1] ?? ''
/** What the order's page says once it says so, or at last. */
const told = async ({ ask }: Visitor, path: string, text: string): Promise<string> =>
  summaryOf(
    (
      await eventually(
        () => ask(path),
        (page) => summaryOf(page.text).includes(text),
      )
    ).text,
  )
const skusOn = (page: string): readonly string[] =>
  [...page.matchAll(/class="card"><a href="\/products\/([^"]*)"/g)].map(([, sku = '']) => sku)
const available = async (sku: string) => (await client.view(Inventory, sku, { consistent: true }))?.available

describe('the shop behind its function URL on LocalStack', () => {
  test('gives a visitor a cookie', async () => {
    const stranger = shop.stranger()
    await stranger.ask('/products/GV-101')
    expect([...stranger.cookies.keys()]).toEqual(['__Host-shop'])
  })

  test('shows the catalogue page by page, finds products by words, and shows one', async () => {
    const { ask } = shop.visitor()
    const first = await ask('/')
    expect(first.status).toBe(200)
    const [, next = ''] = /rel="next" href="([^"]*)"/.exec(first.text) ?? []
    const second = await ask(next.replaceAll('&amp;', '&'))
    const skus = [first, second].flatMap(({ text }) => skusOn(text))
    expect([skus.length, new Set(skus).size]).toEqual([42, 42])
    expect(skusOn((await ask('/?q=tea+breakfast')).text)).toEqual(['GV-101'])
    const product = await ask('/products/GV-101')
    expect(product.text).toContain('£6.50')
    expect(product.text).toContain('In stock')
    expect((await ask('/products/none')).status).toBe(404)
  })

  test('takes an order from the basket to its end, and its page says how it stands', async () => {
    const ann = shop.visitor()
    expect((await ann.take('GV-101', 2)).status).toBe(303)
    expect((await ann.ask('/basket')).text).toContain('£13.00')
    const placed = await order(ann)
    expect([placed.status, placed.headers.get('location')]).toEqual([303, expect.stringMatching(/^\/orders\/[0-9a-v]{12}$/)])
    const path = placed.headers.get('location') ?? ''
    expect(await told(ann, path, 'All of it')).toBe('All of it is on its way to you.')
    const status: unknown = JSON.parse((await ann.ask(`${path}/status`)).text)
    expect(status).toMatchObject({ done: true, states: { 'line-0': 'done' } })
    expect((await ann.ask('/basket')).text).toContain('There is nothing in it yet.')
  })

  test('declines what the account does not cover, and ships the rest', async () => {
    const ann = shop.visitor()
    await ann.take('GV-102', 20)
    await ann.take('GV-101')
    const path = (await order(ann)).headers.get('location') ?? ''
    expect(await told(ann, path, '1 of 2')).toContain('1 of 2 products are on their way')
    expect((await ann.ask(path)).text).toContain('Declined: your credit does not cover it')
  })

  test('says what is sold out, and who was too late', async () => {
    const [ann, bob] = [shop.visitor(), shop.visitor()]
    expect((await bob.ask('/products/GV-108')).text).toContain('Sold out')
    for (const one of [ann, bob]) await one.take('GV-105', 3)
    const path = (await order(ann)).headers.get('location') ?? ''
    expect(await told(ann, path, 'All of it')).toBe('All of it is on its way to you.')
    const late = await order(bob)
    expect([late.status, late.text]).toEqual([409, expect.stringContaining('Somebody was faster')])
  })

  test('holds an order until it is cancelled', async () => {
    const ann = shop.visitor()
    await ann.take('GV-103')
    const path = (await order(ann, { hold: 'yes' })).headers.get('location') ?? ''
    expect(await told(ann, path, 'We hold')).toBe('We hold your order until you confirm it.')
    expect((await ann.submit(path, `${path}/cancel`)).status).toBe(303)
    expect(await told(ann, path, 'Cancelled')).toBe('Cancelled: nothing was charged.')
  })

  test('makes one order of a form that is sent twice at once, and again later', async () => {
    const before = (await available('GV-104')) ?? 0
    const ann = shop.visitor()
    await ann.take('GV-104', 4)
    await accountOf(ann)
    const form = await ann.form('/checkout', '/checkout')
    const twice = await Promise.all([ann.post('/checkout', form), ann.post('/checkout', form)])
    const path = twice[0].headers.get('location') ?? ''
    expect(await told(ann, path, 'All of it')).toBe('All of it is on its way to you.')
    for (const { status, headers } of [...twice, await ann.post('/checkout', form)])
      expect([status, headers.get('location')]).toEqual([303, path])
    expect([...(await ann.ask('/orders')).text.matchAll(/href="\/orders\//g)]).toHaveLength(1)
    expect(before - ((await available('GV-104')) ?? 0)).toBe(4)
  })

  test('goes on while the cache moves to another node, and the cache works there', async () => {
    const { ask } = shop.visitor()
    const own = async () => (await standing('gavotte')).functions.includes('gavotte-cache')
    let asked = 0
    const refused: string[] = []
    const look = async (): Promise<'looking'> => {
      const path = ['/', '/products/GV-201', '/?category=Tea', '/products/GV-202'][asked++ % 4] ?? ''
      const { status } = await ask(path)
      if (status !== 200) refused.push(`${path}: ${status}`)
      await sleep(500)
      return 'looking'
    }
    const meanwhile = async (work: Promise<void>): Promise<void> => {
      const done = work.then(() => 'done' as const)
      while ((await Promise.race([done, look()])) === 'looking');
    }
    expect(await own()).toBe(true)
    await meanwhile(deployStack(movedApp, 'gavotte-shop'))
    expect(await own()).toBe(false)
    for (let n = 0; n < 4; n += 1) await look()
    await meanwhile(deployStack(movedApp, 'gavotte-stock'))
    expect(await own()).toBe(true)
    expect({ asked: asked > 10, refused }).toEqual({ asked: true, refused: [] })

    // It is filled again, and hears of changes as before.
    const cache = createCache({ client, copyMs: 0 })
    await eventually(
      async () => {
        await look()
        return [...(await cache.stats()).values()].reduce((sum, { fills }) => sum + fills, 0)
      },
      (fills) => fills > 0,
    )
    await openCollection(client, collections, 'products').patch('GV-201', { name: 'Stoneware Mug in Moss' })
    const page = await eventually(
      () => ask('/products/GV-201'),
      ({ text }) => text.includes('Stoneware Mug in Moss'),
    )
    expect(page.text).toContain('Stoneware Mug in Moss')
  })
})
