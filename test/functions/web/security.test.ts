// What keeps the shop's visitors apart from each other and from other sites.
import { describe, expect, test } from '@jest/globals'
import { Keys, web as theWeb } from '../../../functions/keys/contract.ts'
import { session } from '../../../functions/session/process.ts'
import { clientOf, rateLimit } from '../../../functions/web/rate-limit.ts'
import { openShop, origin } from './browsing.ts'

const cookieName = '__Host-shop'

describe('a cookie', () => {
  test('is of this host alone, sent by encrypted connections, hidden from scripts, and not sent along by other sites', async () => {
    const { visitor } = await openShop()
    const { headers } = await visitor().ask('/products/71053')
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-shop=v\.[\w-]{22}\.\w+\.[\w-]{43}; Max-Age=5184000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      ),
    ])
  })

  test('is given with the first form, not before', async () => {
    const { visitor } = await openShop()
    expect((await visitor().ask('/')).headers.getSetCookie()).toEqual([])
  })

  test('that somebody made, or changed, is worth nothing: its forms are refused, and it is replaced', async () => {
    const { visitor, world } = await openShop()
    const [ann, eve] = [visitor(), visitor('192.0.2.66')]
    await ann.take('71053')
    const cookie = ann.cookies.get(cookieName) ?? ''
    const form = await ann.form('/products/71053', '/basket')
    const [kind, id = '', issued, code] = cookie.split('.')
    for (const forged of [
      `${kind}.${id}.${issued}.${'A'.repeat(43)}`,
      `${kind}.${id.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}.${issued}.${code}`,
      `${kind}.${id}.zzzzzz.${code}`,
      'nonsense',
    ]) {
      eve.cookies.set(cookieName, forged)
      expect((await eve.post('/basket', form)).status).toBe(403)
      eve.cookies.set(cookieName, forged)
      expect((await eve.ask('/basket')).text).toContain('There is nothing in it yet.')
      expect(eve.cookies.get(cookieName)).not.toBe(forged)
    }
    expect(world.states(session)).toMatchObject([{ lines: [{ quantity: 1 }] }])
  })

  test('holds after its key was replaced, until the next is', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    await ann.take('71053')
    const replace = async (letter: string) => {
      const { version, value } = await world.call(Keys, theWeb).Read()
      await world.call(Keys, theWeb).CompareAndSet({ version, value: { signing: letter.repeat(43), before: value.signing } })
      await world.advance('2m')
    }
    await replace('a')
    expect((await ann.ask('/basket')).text).toContain('White Metal Lantern')
    await replace('b')
    expect((await ann.ask('/basket')).text).not.toContain('White Metal Lantern')
  })
})

describe('a form', () => {
  test('of another site is refused', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    const form = await ann.form('/products/71053', '/basket')
    const elsewhere = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }
    const page = await ann.post('/basket', form, elsewhere)
    expect([page.status, page.text.includes('This form came from elsewhere')]).toEqual([403, true])
    expect(world.states(session)).toEqual([])
  })

  test('without a token, with one of another visitor, or without a cookie is refused', async () => {
    const { visitor, world } = await openShop()
    const [ann, bob] = [visitor(), visitor('192.0.2.2')]
    const [own, other] = [await ann.form('/products/71053', '/basket'), await bob.form('/products/71053', '/basket')]
    const { token: _, ...bare } = own
    expect((await ann.post('/basket', bare)).status).toBe(403)
    expect((await ann.post('/basket', { ...own, token: other.token ?? '' })).status).toBe(403)
    expect((await visitor('192.0.2.3').post('/basket', own)).status).toBe(403)
    expect(world.states(session)).toEqual([])
  })

  test('that is not sent as a form is refused as one without a token', async () => {
    const { visitor } = await openShop()
    const ann = visitor()
    await ann.ask('/products/71053')
    const headers = { 'content-type': 'application/json', origin: 'https://elsewhere.example' }
    expect((await ann.ask('/basket', { method: 'POST', body: '{}', headers })).status).toBe(403)
  })

  test('of 5 MB is refused, and nothing comes of it', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    const form = await ann.form('/products/71053', '/basket')
    const page = await ann.post('/basket', { ...form, more: 'x'.repeat(5_000_000) })
    expect([page.status, page.text.includes('That is too much')]).toEqual([413, true])
    expect(world.states(session)).toEqual([])
  })
})

describe('a page', () => {
  test('has no script and no style but the shop’s own files, may not be framed, and is not kept by caches', async () => {
    const { visitor } = await openShop()
    const ann = visitor()
    for (const path of ['/', '/products/71053', '/basket', '/orders', '/nowhere']) {
      const { headers, text } = await ann.ask(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(text).not.toMatch(/<script(?! src="\/assets\/)|<style| style=| on[a-z]+="/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('strict-transport-security')).toMatch(/max-age=\d{7,}/)
      expect(headers.get('cache-control')).toBe('private, no-store')
    }
  })

  test('escapes what visitors and products bring', async () => {
    const { visitor } = await openShop()
    const { text } = await visitor().ask(`/?q=${encodeURIComponent('"><script>alert(1)</script>')}`)
    expect(text).not.toContain('<script>')
    expect(text).toContain('&quot;&gt;&lt;script&gt;')
  })

  test('never holds a secret: neither the key nor the id of a session', async () => {
    const { visitor, world } = await openShop()
    const ann = visitor()
    await ann.take('71053')
    await world.advance('1m')
    const path = (await ann.checkout()).headers.get('location') ?? ''
    const [, id = ''] = (ann.cookies.get(cookieName) ?? '').split('.')
    const key = world.view(Keys, theWeb)?.value.signing as string
    expect(key).toHaveLength(43)
    for (const page of ['/', '/products/71053', '/basket', '/orders', path, `${path}/status`]) {
      const { text } = await ann.ask(page)
      expect([page, text.includes(id), text.includes(key)]).toEqual([page, false, false])
    }
  })

  test('is served again from the browser’s cache where it is an asset, for its name holds its content', async () => {
    const { visitor } = await openShop()
    const { text } = await visitor().ask('/')
    const paths = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]*)"/g)].map(([, path = '']) => path)
    expect(paths).toHaveLength(3)
    for (const path of paths) {
      const asset = await visitor().ask(path)
      expect([asset.status, asset.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
    }
  })
})

describe('a client', () => {
  test('that asks too fast is told how long to wait, and others are served meanwhile', async () => {
    const { visitor, world } = await openShop({ allowance: { perSecond: 1, burst: 3 } })
    const [eve, ann] = [visitor('192.0.2.66'), visitor('192.0.2.1')]
    for (let n = 0; n < 3; n += 1) expect((await eve.ask('/')).status).toBe(200)
    const page = await eve.ask('/')
    expect([page.status, page.headers.get('retry-after'), page.text.includes('A little slower, please')]).toEqual([
      429,
      '1',
      true,
    ])
    expect((await ann.ask('/')).status).toBe(200)
    await world.advance('2s')
    expect((await eve.ask('/')).status).toBe(200)
  })

  test('is an IPv4 address, or the network of an IPv6 one', () => {
    expect(clientOf('192.0.2.7')).toBe('192.0.2.7')
    expect(clientOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2')
    expect(clientOf('2001:db8::6')).toBe(clientOf('2001:db8:0:0:1::'))
    expect(clientOf('2001:db8:0:1::6')).not.toBe(clientOf('2001:db8::6'))
    expect(clientOf('::1')).toBe('0:0:0:0')
  })

  test('is forgotten when ten thousand others came after it', () => {
    const take = rateLimit({ now: () => 0 }, { perSecond: 1, burst: 1 })
    expect([take('eve'), take('eve')]).toEqual([0, 1])
    for (let n = 0; n < 10_000; n += 1) take(`${n}`)
    expect(take('eve')).toBe(0)
  })
})

test('forms are taken from the shop’s own origin where a browser does not say where they came from', async () => {
  const { visitor } = await openShop()
  const ann = visitor()
  const form = await ann.form('/products/71053', '/basket')
  expect((await ann.post('/basket', form, { 'sec-fetch-site': '', origin })).status).toBe(303)
  expect((await ann.post('/basket', form, { 'sec-fetch-site': '', origin: 'null' })).status).toBe(403)
})
