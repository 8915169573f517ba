// Sends a file of invoices to the local cloud, twice, while the cloud is killed again and again, and compares every customer's totals
// with the file's own sums: nothing is lost, nothing happens twice.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { connect } from '../../lib/aws/index.ts'
import { Inventory } from '../../functions/inventory/contract.ts'
import { startCloud } from './cloud-process.ts'
import { compare, readInvoices, readTotals, untilQuiet } from './totals.ts'

const help = `usage: npm run orders -- --file FILE [--kills 5] [--limit ROWS] [--port 4599] [--json]

  --file   CSV with the columns InvoiceNo, CustomerID and TotalPrice (pounds)
  --kills  how often the local cloud is killed with kill -9 while the file is sent the first time, default 5
  --limit  rows of the file, default all`

const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    kills: { type: 'string', default: '5' },
    limit: { type: 'string' },
    port: { type: 'string', default: '4599' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const main = async (): Promise<number> => {
  if (values.help || values.file === undefined) {
    console.error(help)
    return values.help ? 0 : 2
  }
  const data = await mkdtemp(join(tmpdir(), 'gavotte-orders-'))
  const cloud = await startCloud({ port: Number(values.port), data })
  try {
    return await proof(cloud, values.file)
  } finally {
    await cloud.stop()
    await rm(data, { recursive: true, force: true })
  }
}

type Cloud = Awaited<ReturnType<typeof startCloud>>

const proof = async (cloud: Cloud, file: string): Promise<number> => {
  const invoices = await readInvoices(file, values.limit === undefined ? Number.POSITIVE_INFINITY : Number(values.limit))
  const started = performance.now()
  await restock(cloud.endpoint, new Set(invoices.map(({ invoice }) => `sku-${invoice.slice(-2)}`)), invoices.length)
  const kills = Number(values.kills)
  const killing = cloud.killEvery(Math.max(1000, invoices.length / 2.5), kills)
  const args = ['--file', file, '--map', join(import.meta.dirname, 'map.json'), '--patience', '5m', ...(values.limit === undefined ? [] : ['--limit', values.limit])]
  await cloud.gavotte('send', ...args, '--restart')
  await killing
  const sentOnce = performance.now()
  await cloud.gavotte('send', ...args, '--restart')
  await untilQuiet(cloud.endpoint)
  const result = compare(invoices, await readTotals(cloud.endpoint))
  const figures = {
    invoices: invoices.length,
    sent: 2,
    kills: cloud.kills(),
    secondsToSendOnce: Math.round((sentOnce - started) / 1000),
    seconds: Math.round((performance.now() - started) / 1000),
    ...result,
  }
  console.log(values.json ? JSON.stringify(figures) : table(figures))
  return result.ok && cloud.kills() >= kills ? 0 : 1
}

const restock = async (endpoint: string, skus: ReadonlySet<string>, quantity: number): Promise<void> => {
  const sdk = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  const client = connect({ uses: [Inventory], sqs: sdk, dynamodb: sdk })
  await Promise.all([...skus].map((sku) => client.send(Inventory, sku).Restock({ quantity }, { key: `restock-${sku}` })))
  await client.close()
}

const table = (figures: object): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name.padEnd(20)} ${Array.isArray(value) ? value.join('; ') || 'none' : String(value)}`)
    .join('\n')

process.exitCode = await main()
