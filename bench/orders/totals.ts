// What the file says, what the tables say, and whether the two agree.
import { createReadStream } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { parse } from 'csv-parse'

export interface Invoice {
  readonly invoice: string
  readonly customer: string
  readonly pence: number
}
interface Sum {
  readonly orders: number
  readonly pence: number
}
export interface Totals {
  readonly [customer: string]: Sum
}

export const local = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }

export const readInvoices = async (file: string, limit: number): Promise<readonly Invoice[]> => {
  const invoices: Invoice[] = []
  for await (const row of createReadStream(file).pipe(parse({ columns: true }))) {
    if (invoices.length >= limit) break
    const { InvoiceNo, CustomerID, TotalPrice } = row as { readonly [column: string]: string }
    if (InvoiceNo === undefined || CustomerID === undefined) throw new Error(`${file} has no column InvoiceNo or CustomerID`)
    invoices.push({ invoice: InvoiceNo, customer: CustomerID, pence: Math.round(Number(TotalPrice) * 100) })
  }
  return invoices
}

/** The views of all customers, read consistently. */
export const readTotals = async (endpoint: string): Promise<Totals> => {
  const client = new DynamoDBClient({ ...local, endpoint })
  const totals: Record<string, Sum> = {}
  const scan = paginateScan({ client }, { TableName: 'gavotte-customer', ConsistentRead: true })
  for await (const { Items = [] } of scan) {
    for (const { pk, sk, view } of Items) if (sk?.S === 'record' && pk?.S && view?.S) totals[pk.S] = JSON.parse(view.S) as Sum
  }
  client.destroy()
  return totals
}

/** Resolves once no mailbox has held a message for two seconds. */
export const untilQuiet = async (endpoint: string): Promise<void> => {
  const client = new SQSClient({ ...local, endpoint })
  for (let quiet = 0; quiet < 4; ) {
    await sleep(500)
    quiet = (await waiting(client)) === 0 ? quiet + 1 : 0
  }
  client.destroy()
}

const waiting = async (client: SQSClient): Promise<number> => {
  const { QueueUrls = [] } = await client.send(new ListQueuesCommand({}))
  const counts = await Promise.all(
    QueueUrls.filter((url) => !url.includes('-dlq')).map(async (QueueUrl) => {
      const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
      return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible)
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

export interface Comparison {
  readonly customers: number
  readonly orders: number
  readonly pence: number
  readonly penceOfFile: number
  /** The first differences in words. */
  readonly wrong: readonly string[]
  readonly ok: boolean
}

export const compare = (invoices: readonly Invoice[], totals: Totals): Comparison => {
  const expected: Record<string, Sum> = {}
  for (const { customer, pence } of invoices) {
    const sum = expected[customer] ?? { orders: 0, pence: 0 }
    expected[customer] = { orders: sum.orders + 1, pence: sum.pence + pence }
  }
  const wrong = [...new Set([...Object.keys(expected), ...Object.keys(totals)])].flatMap((customer) => {
    const want = expected[customer] ?? { orders: 0, pence: 0 }
    const got = totals[customer] ?? { orders: 0, pence: 0 }
    if (want.orders === got.orders && want.pence === got.pence) return []
    return [`customer/${customer}: ${got.orders} orders of ${got.pence}, the file says ${want.orders} of ${want.pence}`]
  })
  const all = Object.values(totals)
  return {
    customers: all.length,
    orders: all.reduce((sum, one) => sum + one.orders, 0),
    pence: all.reduce((sum, one) => sum + one.pence, 0),
    penceOfFile: invoices.reduce((sum, one) => sum + one.pence, 0),
    wrong: wrong.slice(0, 10),
    ok: wrong.length === 0,
  }
}
