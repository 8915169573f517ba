// The shop's pages on the local cloud, asked for at a steady rate while orders run. The load is open: each request has its time, whether those
// before it are answered or not, and its latency counts from then on, so that a stall is felt by all who come meanwhile. Requests come
// from several addresses of this machine, as visitors do.
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openCollection } from '../functions/database/client.ts'
import { collections } from '../functions/database/collections.ts'
import { Database } from '../functions/database/contract.ts'
import { Inventory } from '../functions/inventory/contract.ts'
import { Order } from '../functions/order/contract.ts'
import { fillShop } from '../infra/first-stock.ts'
import { connect } from '../lib/aws/index.ts'
import { terminal } from '../lib/cli/terminal.ts'
import { startCloud } from './orders/cloud-process.ts'
import { local, readTotals, untilQuiet } from './orders/totals.ts'
import { percentile } from './statistics.ts'

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

interface Visit {
  readonly status: number
  readonly ms: number
  readonly bytes: number
}

export const benchPages = async (options: PagesOptions): Promise<PagesFigures> => {
  const data = await mkdtemp(join(tmpdir(), 'gavotte-bench-'))
  const cloud = await startCloud(data)
  const sdk = { ...local, endpoint: cloud.endpoint }
  const client = connect({ uses: [Database, Inventory, Order], sqs: sdk, dynamodb: sdk, lambda: sdk })
  try {
    const filled = await fillShop(['--endpoint', cloud.endpoint], { ...terminal, out: process.stderr })
    if (filled !== 0) throw new Error(`the shop could not be filled: exit code ${filled}`)
    const products = await Array.fromAsync(openCollection(client, collections, 'products').all())
    const skus = products.map(({ key }) => key)
    for (const sku of skus) await client.send(Inventory, sku).Restock({ quantity: 100_000 }, { key: `bench-${sku}` })
    await untilQuiet(cloud.endpoint)
    const url = cloud.web.web ?? ''
    const paths = pathsOf(
      skus,
      products.map(({ document }) => document.category),
    )
    // The cache fills, and environments start, before anything is measured.
    for (const path of new Set(Array.from({ length: 5000 }, (_, n) => paths(n))))
      await (await fetch(`${url}${path}`)).arrayBuffer()
    for (const share of [0.2, 0.5, 1]) await visit(url, paths, { rate: options.rate * share, seconds: 5 })
    const ordering = order(options, async (n) => {
      const body = { customer: `c${n}`, sku: skus[n % skus.length] as string, quantity: 1, pence: 100 }
      await client.send(Order, `bench-${n}`).Place(body, { key: `bench-${n}` })
    })
    const [visits, orders] = await Promise.all([visit(url, paths, options), ordering])
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

/** Of ten requests five are for products, three for the catalogue, two for a category. */
const pathsOf = (skus: readonly string[], categories: readonly string[]): ((n: number) => string) => {
  const known = [...new Set(categories)]
  return (n) => {
    // Spread over all products, and the same in each run.
    const draw = (n * 7919) % 10_007
    if (n % 10 < 5) return `/products/${skus[draw % skus.length]}`
    if (n % 10 < 7) return `/?${new URLSearchParams({ category: known[draw % known.length] ?? '' }).toString()}`
    return n % 2 === 0 ? '/' : '/?sort=price'
  }
}

/** Addresses that requests come from, 127.0.0.2 and on. */
const visitors = 40

const visit = async (
  url: string,
  pathOf: (n: number) => string,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<readonly Visit[]> => {
  const agents = Array.from({ length: visitors }, (_, n) => new Agent({ keepAlive: true, localAddress: `127.0.0.${n + 2}` }))
  const visits = await paced(rate, seconds, (n, due) => ask(`${url}${pathOf(n)}`, agents[n % visitors] as Agent, due))
  for (const agent of agents) agent.destroy()
  return visits
}

const ask = (url: string, agent: Agent, due: number): Promise<Visit> =>
  new Promise((resolve) => {
    const end = (status: number, bytes: number): void => resolve({ status, bytes, ms: performance.now() - due })
    const asking = get(url, { agent, timeout: 30_000 }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      response.on('end', () => end(response.statusCode ?? 0, bytes))
      response.on('error', () => end(0, bytes))
    })
    asking.on('timeout', () => asking.destroy())
    asking.on('error', () => end(0, 0))
  })

/** Acts at a steady rate, and waits for none of it in between. @param act gets the time at which it was due, ms of `performance.now()` */
const paced = async <T>(
  perSecond: number,
  seconds: number,
  act: (n: number, due: number) => Promise<T>,
): Promise<readonly T[]> => {
  const began = performance.now()
  const acting: Promise<T>[] = []
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const due = began + (n * 1000) / perSecond
    const early = due - performance.now()
    if (early > 0) await sleep(early)
    acting.push(act(n, due))
  }
  return Promise.all(acting)
}

/** @returns how many were placed */
const order = async ({ orders, seconds }: PagesOptions, place: (n: number) => Promise<void>): Promise<number> =>
  (await paced(orders, seconds, place)).length
