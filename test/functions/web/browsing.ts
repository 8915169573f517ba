// The shop on simulated processes in virtual time, and visitors with cookies that fill in its forms.

import { customer } from '../../../functions/customer/process.ts'
import { desk } from '../../../functions/desk/process.ts'
import { Inventory } from '../../../functions/inventory/contract.ts'
import { inventory } from '../../../functions/inventory/process.ts'
import { keys } from '../../../functions/keys/process.ts'
import { order } from '../../../functions/order/process.ts'
import { payment } from '../../../functions/payment/process.ts'
import { session } from '../../../functions/session/process.ts'
import { settings } from '../../../functions/settings/process.ts'
import { shipping } from '../../../functions/shipping/process.ts'
import type { Allowance } from '../../../functions/web/rate-limit.ts'
import { createShop } from '../../../functions/web/shop.ts'
import type { Processes } from '../../../functions/web/world.ts'
import { simulate } from '../../../lib/sim/index.ts'
import { memoryCatalogue, products } from './catalogue.ts'

const processes = [order, inventory, payment, shipping, customer, session, settings, keys, desk]

export const origin = 'https://shop.example'

export const openShop = async (options: { readonly allowance?: Allowance; readonly stock?: number } = {}) => {
  const { allowance = { perSecond: 1000, burst: 10_000 }, stock = 100 } = options
  const world = simulate(processes)
  for (const { sku } of products) {
    world.send(Inventory, sku).Restock({ quantity: stock })
    world.send(Inventory, sku).Price({ pence: 250 })
  }
  await world.run()
  const faults: string[] = []
  const client = {
    call: world.call,
    send: world.send,
    view: async (of: never, id: string) => world.view(of, id),
  } as unknown as Processes
  const shop = createShop(
    { catalogue: memoryCatalogue, processes: client, clock: { now: () => world.now().getTime() } },
    { allowance, log: (message, fields) => faults.push(`${message}: ${JSON.stringify(fields)}`) },
  )
  return { world, shop, faults, visitor: (sourceIp = '192.0.2.1') => visitorOf(shop, sourceIp) }
}

interface Page {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}
export interface Fields {
  readonly [name: string]: string | number
}

const visitorOf = (shop: ReturnType<typeof createShop>, sourceIp: string) => {
  const cookies = new Map<string, string>()
  const ask = async (path: string, init: RequestInit = {}): Promise<Page> => {
    const headers = new Headers(init.headers)
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await shop.request(new Request(`${origin}${path}`, { redirect: 'manual', ...init, headers }), undefined, {
      sourceIp,
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, decodeURIComponent(value))
    }
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const post = (path: string, fields: Fields, headers: Record<string, string> = {}): Promise<Page> => {
    const body = new URLSearchParams(Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]))
    return ask(path, { method: 'POST', body, headers: { origin, 'sec-fetch-site': 'same-origin', ...headers } })
  }
  /** Loads a page and sends its form that goes to `action`, with some of its fields filled in otherwise. */
  const submit = async (from: string, action: string, changed: Fields = {}): Promise<Page> =>
    post(action, { ...formOf((await ask(from)).text, action), ...changed })
  return {
    cookies,
    ask,
    post,
    submit,
    form: async (from: string, action: string): Promise<Fields> => formOf((await ask(from)).text, action),
    /** Puts a product into the basket. */
    take: (sku: string, quantity = 1): Promise<Page> => submit(`/products/${sku}`, '/basket', { quantity }),
    /** Orders what is in the basket. */
    checkout: (changed: Fields = {}): Promise<Page> => submit('/checkout', '/checkout', changed),
  }
}

/** The fields of the first form that goes to `action`, as they stand. */
const formOf = (page: string, action: string): Fields => {
  const [, form] = new RegExp(`<form[^>]* action="${action}"[^>]*>(.*?)</form>`, 's').exec(page) ?? []
  if (form === undefined) throw new Error(`no form goes to ${action}: ${/<h1>.*?<\/h1>/.exec(page)?.[0]}`)
  return Object.fromEntries(
    [...form.matchAll(/<input[^>]*>/g)].flatMap(([input]) => {
      const [, name] = / name="([^"]*)"/.exec(input) ?? []
      return name === undefined || input.includes('type="checkbox"') ? [] : [[name, / value="([^"]*)"/.exec(input)?.[1] ?? '']]
    }),
  )
}
