// Sends a file of invoices to the local cloud, twice, while the cloud is killed again and again and people look at the shop's pages, and
// compares every customer's totals with the file's own sums: nothing is lost, nothing happens twice.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Inventory } from '../../functions/inventory/contract.ts'
import { connect } from '../../lib/aws/index.ts'
import { type Browsed, startBrowsing } from './browsing.ts'
import { type CloudProcess, startCloud } from './cloud-process.ts'
import { type Comparison, compare, type Invoice, local, readInvoices, readTotals, untilQuiet } from './totals.ts'

export interface ProofOptions {
  /** CSV with the columns InvoiceNo, CustomerID and TotalPrice. */
  readonly file: string
  readonly kills: number
  /** Rows of the file. Default: all. */
  readonly limit?: number
  /** Pages of the shop that are asked for meanwhile, a second. Default: none. */
  readonly browse?: number
}
export interface ProofFigures extends Comparison, Partial<Browsed> {
  readonly invoices: number
  readonly timesSent: number
  readonly kills: number
  readonly seconds: number
}

export const proveOrders = async (options: ProofOptions): Promise<ProofFigures> => {
  const data = await mkdtemp(join(tmpdir(), 'gavotte-orders-'))
  const cloud = await startCloud(data)
  try {
    return await prove(cloud, options)
  } finally {
    await cloud.stop()
    await rm(data, { recursive: true, force: true })
  }
}

const prove = async (cloud: CloudProcess, options: ProofOptions): Promise<ProofFigures> => {
  const { file, kills, limit = Number.POSITIVE_INFINITY, browse } = options
  const invoices = await readInvoices(file, limit)
  const browsing = browse === undefined ? undefined : await startBrowsing(cloud, browse)
  const started = performance.now()
  try {
    await replay(cloud, invoices, options)
  } finally {
    await browsing?.stop()
  }
  const seconds = Math.round((performance.now() - started) / 1000)
  const [browsed, totals] = [await browsing?.stop(), compare(invoices, await readTotals(cloud.endpoint))]
  // A machine that starts anew may be too busy for a page in time; one that is left in peace may not.
  const came = browsed === undefined || (browsed.pagesLost.length === 0 && (kills > 0 || browsed.failedOutsideKills === 0))
  const ok = totals.ok && came
  return { invoices: invoices.length, timesSent: 2, kills, seconds, ...browsed, ...totals, ok }
}

const replay = async (cloud: CloudProcess, invoices: readonly Invoice[], { file, kills, limit }: ProofOptions): Promise<void> => {
  await restock(cloud.endpoint, new Set(invoices.map(({ invoice }) => `sku-${invoice.slice(-2)}`)), invoices.length)
  const send = ['send', '--file', file, '--map', join(import.meta.dirname, 'map.json'), '--patience', '5m', '--restart']
  const limited = [...send, ...(limit === undefined ? [] : ['--limit', String(limit)])]
  const first = cloud.gavotte(limited)
  await first.speaks
  // Spread over the time that the file takes, some milliseconds an invoice.
  await Promise.all([first.ended, cloud.killEvery(Math.max(1000, invoices.length / 2.5), kills)])
  await cloud.gavotte(limited).ended
  await untilQuiet(cloud.endpoint)
}

const restock = async (endpoint: string, skus: ReadonlySet<string>, quantity: number): Promise<void> => {
  const sdk = { ...local, endpoint }
  const client = connect({ uses: [Inventory], sqs: sdk, dynamodb: sdk })
  await Promise.all([...skus].map((sku) => client.send(Inventory, sku).Restock({ quantity }, { key: `restock-${sku}` })))
  await client.close()
}
