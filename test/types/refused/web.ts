// Web functions that must not compile. Each line that is refused says what the compiler's message must hold.
import * as z from 'zod'
import { connect } from '../../../lib/aws/index.ts'
import { contract, defineProcess, defineWeb } from '../../../lib/index.ts'

const Order = contract('order', { messages: { Place: z.object({ sku: z.string() }) } })
const Stock = contract('stock', { messages: {}, view: z.object({}) })
const order = defineProcess(Order, { state: z.object({}) })

const web = defineWeb('web', { uses: [Order] })
defineWeb('web', { uses: [order] }) // expect: is missing the following properties from type 'Contract
defineWeb('web', { uses: [Order], deploy: { access: 'everybody' } }) // expect: '"everybody"' is not assignable to type
defineWeb('web', { uses: [Order], deploy: { shards: 2 } }) // expect: 'shards' does not exist

export const ask = async (): Promise<void> => {
  const client = connect(web)
  await client.send(Order, '1').Place({ sku: 1 }) // expect: Type 'number' is not assignable to type 'string'
  await client.view(Stock, '1') // expect: stock is not in uses
  await client.view(Order, '1') // expect: order publishes no view
}
