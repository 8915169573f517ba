// What the compiler infers of web functions and their clients.
import { expectTypeOf } from 'expect-type'
import * as z from 'zod'
import { connect, type UrlHandler } from '../../../lib/aws/index.ts'
import { contract, defineApp, defineProcess, defineWeb } from '../../../lib/index.ts'

const Order = contract('order', {
  messages: { Place: z.object({ sku: z.string() }) },
  view: z.object({ status: z.string() }),
})
const Stock = contract('stock', {
  messages: {},
  calls: { Count: { request: z.object({}), reply: z.object({ units: z.int() }) } },
})

const order = defineProcess(Order, { state: z.object({ status: z.string() }) })
const stock = defineProcess(Stock, { state: z.object({ units: z.int() }) })
const web = defineWeb('web', { uses: [Order, Stock], deploy: { access: 'public', memoryMb: 512, concurrency: 20 } })

export const app = defineApp('shop', import.meta.url, [order, stock], { web: [web, defineWeb('status', { uses: [] })] })

const client = connect(web)

export const handler: UrlHandler = async ({ rawPath, requestContext: { http } }) => {
  if (http.method === 'POST') {
    const { id } = await client.send(Order, rawPath).Place({ sku: 'tea' }, { key: rawPath })
    return { statusCode: 202, headers: { 'x-id': id } }
  }
  const view = await client.view(Order, rawPath)
  expectTypeOf(view).toEqualTypeOf<{ status: string } | undefined>()
  expectTypeOf(await client.call(Stock, 'tea').Count()).toEqualTypeOf<{ units: number }>()
  return { statusCode: 200, body: view?.status ?? '', cookies: ['seen=1'] }
}
