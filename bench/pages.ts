// The shop's pages on the local cloud, asked for at a steady rate while orders run.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database } from '../functions/database/contract.ts'
import { Inventory } from '../functions/inventory/contract.ts'
import { Order } from '../functions/order/contract.ts'
import { connect } from '../lib/aws/index.ts'
import { startCloud } from './orders/cloud-process.ts'
import { local, readTotals, untilQuiet } from './orders/totals.ts'
import { percentile } from './statistics.ts'
import { fill, type Pace, paced, pathsOf, visit } from './visiting.ts'

export interface PagesOptions {
  /** Requests a second. */
  readonly rate: number
  /** Orders a second meanwhile, each for one product and another customer. */
  readonly orders: number
  readonly seconds: number
}

export interface PagesFigures {
  readonly workload: 'pages'
  readonly requests: number
  /** Answered with another status than 200, or not at all. */
  readonly failed: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly mostMs: number
  readonly bytesP50: number
  readonly orders: number
  /** Of the orders, by the customers' totals at the end. */
  readonly shipped: number
  readonly ok: boolean
}

export const benchPages = async (options: PagesOptions): Promise<PagesFigures> => {
  const data = await mkdtemp(join(tmpdir(), 'gavotte-bench-'))
  const cloud = await startCloud(data)
  const sdk = { ...local, endpoint: cloud.endpoint }
  const client = connect({ uses: [Database, Inventory, Order], sqs: sdk, dynamodb: sdk, lambda: sdk })
  try {
    const products = await fill(client, cloud.endpoint)
    const skus = products.map(({ key }) => key)
    for (const sku of skus) await client.send(Inventory, sku).Restock({ quantity: 100_000 }, { key: `bench-${sku}` })
    await untilQuiet(cloud.endpoint)
    const url = cloud.web.web ?? ''
    const paths = pathsOf(products)
    // The cache fills, and environments start, before anything is measured.
    for (const path of new Set(Array.from({ length: 5000 }, (_, n) => paths(n))))
      await (await fetch(`${url}${path}`)).arrayBuffer()
    for (const share of [0.2, 0.5, 1]) await visit(url, paths, lasting(options.rate * share, 5))
    const ordering = order(options, async (n) => {
      const body = { customer: `c${n}`, sku: skus[n % skus.length] as string, quantity: 1, pence: 100 }
      await client.send(Order, `bench-${n}`).Place(body, { key: `bench-${n}` })
    })
    const [visits, orders] = await Promise.all([visit(url, paths, lasting(options.rate, options.seconds)), ordering])
    await untilQuiet(cloud.endpoint)
    const shipped = Object.values(await readTotals(cloud.endpoint)).reduce((sum, one) => sum + one.orders, 0)
    const latencies = visits.map(({ ms }) => ms)
    const failed = visits.filter(({ status }) => status !== 200).length
    return {
      workload: 'pages',
      requests: visits.length,
      failed,
      p50Ms: percentile(latencies, 50),
      p99Ms: percentile(latencies, 99),
      mostMs: Math.max(...latencies),
      bytesP50: percentile(
        visits.map(({ bytes }) => bytes),
        50,
      ),
      orders,
      shipped,
      ok: failed === 0 && shipped === orders,
    }
  } finally {
    await client.close()
    await cloud.stop()
    await rm(data, { recursive: true, force: true })
  }
}

/** @returns how many were placed */
const order = async ({ orders, seconds }: PagesOptions, place: (n: number) => Promise<void>): Promise<number> =>
  (await paced(lasting(orders, seconds), place)).length

const lasting = (rate: number, seconds: number): Pace => ({ rate, going: (n) => n < rate * seconds })
