// The database on the local cloud: documents loaded, and what a page of 50 costs when there are few and when there are many.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CollectionClient, openCollection } from '../functions/database/client.ts'
import { Database } from '../functions/database/contract.ts'
import { connect } from '../lib/aws/index.ts'
import { type LocalCloud, startLocalCloud } from '../lib/local/index.ts'
import { percentile } from './statistics.ts'
import { app } from './workloads/database/app.ts'
import { collections } from './workloads/database/collections.ts'

export interface DatabaseOptions {
  /** Documents in the end. */
  readonly documents: number
  /** Queries of each kind that are measured, one after the other, each over another range. */
  readonly samples: number
}

/** A page of 50 documents, by one client. */
interface PageFigures {
  readonly p50Ms: number
  readonly p99Ms: number
  /** AWS calls by kind. */
  readonly calls: { readonly [kind: string]: number }
}
/** At so many documents. */
interface SizeFigures {
  readonly byKey: PageFigures
  readonly byIndex: PageFigures
  /** One document by its key. */
  readonly getP50Ms: number
}

export interface DatabaseFigures {
  readonly workload: 'database'
  readonly documents: number
  readonly loadedPerS: number
  readonly few: SizeFigures
  readonly many: SizeFigures
  /** p50 of a page by index at many documents, by that at few. */
  readonly manyByFew: number
  /** Whether every page had its 50 documents in order, and all are counted. */
  readonly ok: boolean
}

const few = 1000
const pageSize = 50
const loadedAtOnce = 400
const text = 'x'.repeat(200)

interface Item {
  readonly rank: number
  readonly text: string
}
type Items = CollectionClient<Item, Item>

export const benchDatabase = async ({ documents, samples }: DatabaseOptions): Promise<DatabaseFigures> => {
  const data = await mkdtemp(join(tmpdir(), 'gavotte-bench-'))
  const cloud = await startLocalCloud({ app, port: 0, data, workers: 2 })
  const sdk = { endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  const client = connect({ app: 'bench', uses: [Database], routes: cloud.routes, sqs: sdk, dynamodb: sdk, lambda: sdk })
  try {
    const items = openCollection(client, collections, 'items')
    await load(items, 0, few)
    const atFew = await measure(items, cloud, few, samples)
    const began = performance.now()
    await load(items, few, documents)
    const loadedPerS = (documents - few) / ((performance.now() - began) / 1000)
    const atMany = await measure(items, cloud, documents, samples)
    const counted = await items.count()
    return {
      workload: 'database',
      documents,
      loadedPerS,
      few: atFew.figures,
      many: atMany.figures,
      manyByFew: atMany.figures.byIndex.p50Ms / atFew.figures.byIndex.p50Ms,
      ok: atFew.ok && atMany.ok && counted === documents,
    }
  } finally {
    await client.close()
    await cloud.close()
    await rm(data, { recursive: true, force: true })
  }
}

const keyOf = (n: number): string => `item-${String(n).padStart(7, '0')}`

const load = async (items: Items, from: number, to: number): Promise<void> => {
  for (let first = from; first < to; first += loadedAtOnce) {
    const count = Math.min(loadedAtOnce, to - first)
    const writes = Array.from({ length: count }, (_, n) => ({
      kind: 'put' as const,
      key: keyOf(first + n),
      document: { rank: first + n, text },
    }))
    await items.batch(writes)
  }
}

const measure = async (items: Items, cloud: LocalCloud, documents: number, samples: number) => {
  /** Where each page begins: spread over all. */
  const firsts = Array.from({ length: samples }, (_, n) => Math.floor((n / samples) * (documents - pageSize)))
  let ok = true
  const page = async (first: number, from: { readonly from: string } | { readonly index: string; readonly from: number }) => {
    const { documents } = await items.query({ ...from, limit: pageSize })
    ok &&= documents.length === pageSize && documents.every(({ key }, n) => key === keyOf(first + n))
  }
  const byKey = await timed(cloud, firsts, (first) => page(first, { from: keyOf(first) }))
  const byIndex = await timed(cloud, firsts, (first) => page(first, { index: 'rank', from: first }))
  const { p50Ms: getP50Ms } = await timed(cloud, firsts, async (first) => {
    ok &&= (await items.get(keyOf(first)))?.document.rank === first
  })
  return { figures: { byKey, byIndex, getP50Ms }, ok }
}

const warmUp = 10

const timed = async (cloud: LocalCloud, all: readonly number[], act: (one: number) => Promise<void>): Promise<PageFigures> => {
  for (const one of all.slice(0, warmUp)) await act(one)
  const before = cloud.calls()
  const ms: number[] = []
  for (const one of all) {
    const began = performance.now()
    await act(one)
    ms.push(performance.now() - began)
  }
  const kinds = ['Invoke', 'GetItem', 'Query', 'BatchGetItem', 'PutItem']
  const calls = kinds.map((kind) => [kind, ((cloud.calls()[kind] ?? 0) - (before[kind] ?? 0)) / all.length] as const)
  return {
    p50Ms: percentile(ms, 50),
    p99Ms: percentile(ms, 99),
    calls: Object.fromEntries(calls.filter(([, count]) => count > 0)),
  }
}
