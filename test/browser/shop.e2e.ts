// People in the shop: what they do there, in a real browser.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Inventory } from '../../functions/inventory/contract.ts'
import { Keys, web as theWeb } from '../../functions/keys/contract.ts'
import { type Shop, startShop } from './browsing.ts'

let shop: Shop
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop?.close())

describe('a visitor', () => {
  test('finds a product, orders it, and watches the order move', async () => {
    const { page, look, order, summary } = await shop.visitor()
    await page.goto('/')
    await look('catalogue')
    await page.getByRole('link', { name: 'Next page' }).click()
    await page.getByRole('link', { name: 'First page' }).waitFor()
    await look('catalogue-next-page')
    await page.getByRole('searchbox', { name: 'Search the shop' }).fill('tea breakfast')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '“tea breakfast”' }).waitFor()
    await look('search')
    await page.getByRole('link', { name: /Assam Breakfast Tea/ }).click()
    await page.getByLabel('Pieces').waitFor()
    await look('product')
    await page.getByLabel('Pieces').fill('2')
    await page.getByRole('button', { name: 'Put into basket' }).click()
    await page.waitForURL('**/basket')
    await look('basket')
    await page.getByRole('link', { name: 'Go to the checkout' }).click()
    await page.getByRole('heading', { name: 'Checkout' }).waitFor()
    await look('checkout')
    await page.goBack()
    await order()
    await page.waitForURL('**/orders/*')
    await look('order-under-way')
    // Nobody reloads: the page hears of it.
    await summary.getByText('All of it is on its way to you.').waitFor()
    await look('order-shipped')
    await page.getByRole('link', { name: 'Orders' }).click()
    await page.getByRole('heading', { name: 'Your orders' }).waitFor()
    await look('orders')
  })

  test('is told where the account does not cover the order', async () => {
    const { page, look, take, order, summary } = await shop.visitor()
    await take('GV-102', 20)
    await take('GV-101')
    await order()
    await page.waitForURL('**/orders/*')
    await page.getByText('Declined: your credit does not cover it').waitFor()
    await summary.getByText('1 of 2 products are on their way').waitFor()
    await look('order-declined')
  })

  test('is told what is sold out, and what somebody else was faster to order', async () => {
    const [ann, bob] = [await shop.visitor(), await shop.visitor()]
    await bob.page.goto('/products/GV-108')
    await bob.page.getByText('Sold out').waitFor()
    await bob.look('product-sold-out')
    for (const one of [ann, bob]) await one.take('GV-105', 3)
    await ann.order()
    await ann.summary.getByText('All of it is on its way to you.').waitFor()
    await bob.order()
    await bob.page.getByRole('heading', { name: 'Somebody was faster' }).waitFor()
    await bob.look('out-of-stock', { refused: [409] })
    await bob.page.getByRole('link', { name: 'To your basket' }).click()
    await bob.page.getByRole('heading', { name: 'Basket' }).waitFor()
    await bob.look('basket-out-of-stock')
  })

  test('has an order held, and cancels it', async () => {
    const { page, look, take, order, summary } = await shop.visitor()
    await take('GV-103')
    await order({ hold: true })
    await summary.getByText('We hold your order until you confirm it.').waitFor()
    await look('order-held')
    await page.getByRole('button', { name: 'Cancel the order' }).click()
    await summary.getByText('Cancelled: nothing was charged').waitFor()
    await look('order-cancelled')
    expect(await page.getByRole('button', { name: 'Cancel the order' }).isVisible()).toBe(false)
  })

  test('loads pages again at any time, and nothing is done twice', async () => {
    const { page, look, take, order, summary } = await shop.visitor()
    await take('GV-104', 4)
    await page.reload()
    expect(await page.getByLabel(/^Pieces of/).inputValue()).toBe('4')
    await order({ hold: true })
    await summary.getByText('We hold your order until you confirm it.').waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Confirm the order' }).click()
    await summary.getByText(/under way|on its way/).waitFor()
    await page.reload()
    await summary.getByText('All of it is on its way to you.').waitFor()
    await look('order-confirmed')
    await page.goto('/orders')
    expect(await page.locator('.orders li').count()).toBe(1)
  })

  test('needs no script to order', async () => {
    const { page, look, take, order, summary } = await shop.visitor({ javaScriptEnabled: false })
    await page.goto('/')
    await take('GV-101')
    await look('basket-without-script')
    await order()
    await page.waitForURL('**/orders/*')
    for (let tries = 0; !((await summary.textContent()) ?? '').includes('All of it'); tries += 1) {
      expect(tries).toBeLessThan(50)
      const again = page.getByRole('link', { name: 'Look again' })
      if (await again.isVisible()) await again.click()
    }
    await look('order-without-script')
  })

  test.each([
    ['narrow', { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true }],
    ['dark', { colorScheme: 'dark', viewport: { width: 390, height: 844 } }],
    ['still', { reducedMotion: 'reduce' }],
  ] as const)('on a %s screen sees the same', async (name, options) => {
    const { page, look, take, order, summary } = await shop.visitor(options)
    await page.goto('/')
    await look(`${name}-catalogue`)
    await take('GV-101', 2)
    await take('GV-106')
    await look(`${name}-basket`)
    await page.goto('/products/GV-101')
    await look(`${name}-product`)
    await page.goto('/checkout')
    await look(`${name}-checkout`)
    await page.goto('/basket')
    await order({ hold: true })
    await summary.getByText('We hold your order').waitFor()
    await look(`${name}-order`)
    await page.goto('/orders')
    await look(`${name}-orders`)
  })

  test('finds a page for what is not there', async () => {
    const { page, look } = await shop.visitor()
    await page.goto('/nowhere')
    await look('not-found', { refused: [404] })
    await page.goto('/?q=zebra')
    await look('nothing-found')
  })

  test('sees a stock that sinks while the page is open', async () => {
    const { page } = await shop.visitor()
    await page.goto('/products/GV-108')
    await page.getByText('Sold out').waitFor()
    await shop.client.send(Inventory, 'GV-108').Restock({ quantity: 2 })
    await page.getByText('Only 2 left').waitFor()
  })
})

test('the admin goes behind the counter, restocks, and closes the shop', async () => {
  const secret = 'open sesame'
  const { version, value } = await shop.client.call(Keys, theWeb).Read()
  const admin = createHash('sha256').update(secret).digest('base64url')
  await shop.client.call(Keys, theWeb).CompareAndSet({ version, value: { ...value, admin } })
  // Environments go on with the keys that they have for a minute.
  const { page, look } = await shop.visitor()
  for (let tries = 0; (await page.goto('/admin'))?.status() !== 401; tries += 1) {
    expect(tries).toBeLessThan(80)
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  await look('admin-sign-in', { refused: [401, 404] })
  await page.getByLabel('Admin token').fill(secret)
  await page.getByRole('button', { name: 'Go in' }).click()
  await page.getByRole('heading', { name: 'Stock and prices' }).waitFor()
  await look('admin')
  await page.getByLabel('It takes orders').uncheck()
  await page.getByLabel('Notice on every page').fill('We are counting teacups and are back on Monday.')
  await page.getByRole('button', { name: 'Save' }).click()
  for (let tries = 0; !(await page.getByText('The shop is closed.').isVisible()); tries += 1) {
    expect(tries).toBeLessThan(50)
    await page.goto('/')
  }
  await look('closed')
}, 180_000)
