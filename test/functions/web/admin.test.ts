// Behind the counter: who may go there, and what can be done there.
import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { Inventory } from '../../../functions/inventory/contract.ts'
import { Keys, web as theWeb } from '../../../functions/keys/contract.ts'
import { Settings, shop as theShop } from '../../../functions/settings/contract.ts'
import { openShop } from './browsing.ts'

const secret = 'open sesame'

const openCounter = async () => {
  const opened = await openShop()
  const { world, visitor } = opened
  await visitor().ask('/products/71053')
  const { version, value } = await world.call(Keys, theWeb).Read()
  const admin = createHash('sha256').update(secret).digest('base64url')
  await world.call(Keys, theWeb).CompareAndSet({ version, value: { ...value, admin } })
  await world.advance('2m')
  const boss = visitor()
  const signIn = (given: string) => boss.submit('/admin', '/admin/sign-in', { secret: given })
  return { ...opened, boss, signIn }
}

describe('the counter', () => {
  test('is not there unless somebody has set a token', async () => {
    const { visitor } = await openShop()
    const ann = visitor()
    const { token = '' } = await ann.form('/products/71053', '/basket')
    expect((await ann.ask('/admin')).status).toBe(404)
    expect((await ann.post('/admin/sign-in', { token, secret: '' })).status).toBe(404)
    expect((await ann.post('/admin/restock', { token, sku: '71053', quantity: 1 })).status).toBe(404)
  })

  test('is for who has the token, for an hour', async () => {
    const { boss, signIn, visitor, world } = await openCounter()
    expect((await boss.ask('/admin')).status).toBe(401)
    expect((await signIn('guess')).status).toBe(401)
    const page = await signIn(secret)
    expect([page.status, page.headers.get('location')]).toEqual([303, '/admin'])
    expect(page.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-admin=.*HttpOnly; Secure; SameSite=Strict$/)])
    expect((await boss.ask('/admin')).text).toContain('Stock and prices')
    const eve = visitor('192.0.2.66')
    eve.cookies.set('__Host-admin', `9999999999.${'A'.repeat(43)}`)
    expect((await eve.ask('/admin')).status).toBe(401)
    const { token = '' } = await eve.form('/products/71053', '/basket')
    expect((await eve.post('/admin/restock', { token, sku: '71053', quantity: 1 })).status).toBe(401)
    await world.advance('61m')
    expect((await boss.ask('/admin')).status).toBe(401)
    expect(world.view(Inventory, '71053')).toMatchObject({ available: 100 })
  })

  test('lets nobody guess for long', async () => {
    const { signIn } = await openCounter()
    for (let n = 0; n < 5; n += 1) expect((await signIn('guess')).status).toBe(401)
    expect((await signIn(secret)).status).toBe(429)
  })

  test('restocks and prices, and refuses what is no amount', async () => {
    const { boss, signIn, world } = await openCounter()
    await signIn(secret)
    const restock = await boss.form('/admin?find=lantern', '/admin/restock')
    expect(restock.sku).toBe('71053')
    expect((await boss.post('/admin/restock', { ...restock, quantity: 7 })).status).toBe(303)
    expect((await boss.post('/admin/price', { ...restock, pence: 399 })).status).toBe(303)
    expect((await boss.post('/admin/restock', { ...restock, quantity: -7 })).status).toBe(422)
    expect((await boss.post('/admin/price', { ...restock, pence: 0 })).status).toBe(422)
    await world.advance('1m')
    expect(world.view(Inventory, '71053')).toEqual({ available: 107, pence: 399 })
  })

  test('switches the shop, and does not undo what another has switched meanwhile', async () => {
    const { boss, signIn, world } = await openCounter()
    await signIn(secret)
    const form = await boss.form('/admin', '/admin/settings')
    expect((await boss.post('/admin/settings', { ...form, notice: 'Back on Monday' })).status).toBe(303)
    expect((await boss.post('/admin/settings', { ...form, open: 'yes' })).status).toBe(409)
    expect(world.view(Settings, theShop)?.value).toEqual({ open: false, notice: 'Back on Monday' })
  })

  test('shows what stands still, and has it tried again or given up', async () => {
    const { boss, signIn, world } = await openCounter()
    await signIn(secret)
    // More than can be counted: the handler fails, and the stock of this product stands still.
    world.send(Inventory, '71053').Restock({ quantity: Number.MAX_SAFE_INTEGER }, { key: 'typo-1' })
    await world.advance('15m')
    world.send(Inventory, '71053').Restock({ quantity: 5 })
    await world.advance('1m')
    const page = await boss.ask('/admin')
    expect(page.text).toContain('inventory/71053')
    expect(page.text).toContain('stands still')
    expect((await boss.submit('/admin', '/admin/redrive')).status).toBe(303)
    await world.advance('15m')
    expect(world.failed()).toHaveLength(1)
    expect(world.view(Inventory, '71053')).toMatchObject({ available: 100 })
    expect((await boss.submit('/admin', '/admin/discard')).status).toBe(303)
    await world.advance('1m')
    expect(world.failed()).toEqual([])
    expect(world.view(Inventory, '71053')).toMatchObject({ available: 105 })
    expect((await boss.ask('/admin')).text).toContain('Nothing: all messages were handled.')
    const gone = { process: 'inventory', instance: '71053', id: 'typo-1' }
    const { token = '' } = await boss.form('/admin', '/admin/settings')
    expect((await boss.post('/admin/redrive', { token, ...gone })).status).toBe(409)
  })
})
