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
  /** Documents of the larger collection. */
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
/** Of a collection. */
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
  /** p50 of a page by index of the large collection, by that of the small one. */
  readonly manyByFew: number
  /** Whether every page had its 50 documents in order, and all are counted. */
  readonly ok: boolean
}

const fewDocuments = 1000
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
    const few = openCollection(client, collections, 'few')
    const many = openCollection(client, collections, 'many')
    await load(few, fewDocuments)
    const began = performance.now()
    await load(many, documents)
    const loadedPerS = documents / ((performance.now() - began) / 1000)
    const figures = await measure(
      cloud,
      { few: { items: few, documents: fewDocuments }, many: { items: many, documents } },
      samples,
    )
    return {
      workload: 'database',
      documents,
      loadedPerS,
      ...figures,
      manyByFew: figures.many.byIndex.p50Ms / figures.few.byIndex.p50Ms,
      ok: figures.ok && (await few.count()) === fewDocuments && (await many.count()) === documents,
    }
  } finally {
    await client.close()
    await cloud.close()
    await rm(data, { recursive: true, force: true })
  }
}

const keyOf = (n: number): string => `item-${String(n).padStart(7, '0')}`

const load = async (items: Items, documents: number): Promise<void> => {
  for (let first = 0; first < documents; first += loadedAtOnce) {
    const count = Math.min(loadedAtOnce, documents - first)
    const writes = Array.from({ length: count }, (_, n) => ({
      kind: 'put' as const,
      key: keyOf(first + n),
      document: { rank: first + n, text },
    }))
    await items.batch(writes)
  }
}

interface Loaded {
  readonly items: Items
  readonly documents: number
}
type Sizes<T> = { readonly few: T; readonly many: T }

const measure = async (cloud: LocalCloud, sizes: Sizes<Loaded>, samples: number) => {
  let ok = true
  /** Pages begin at places spread over all. */
  const firstOf = ({ documents }: Loaded, n: number): number => Math.floor((n / samples) * (documents - pageSize))
  const page = async (
    { items }: Loaded,
    first: number,
    from: { readonly from: string } | { readonly index: string; readonly from: number },
  ) => {
    const { documents } = await items.query({ ...from, limit: pageSize })
    ok &&= documents.length === pageSize && documents.every(({ key }, n) => key === keyOf(first + n))
  }
  const byKey = await timed(cloud, sizes, samples, async (size, n) => {
    const first = firstOf(size, n)
    await page(size, first, { from: keyOf(first) })
  })
  const byIndex = await timed(cloud, sizes, samples, async (size, n) => {
    const first = firstOf(size, n)
    await page(size, first, { index: 'rank', from: first })
  })
  const got = await timed(cloud, sizes, samples, async (size, n) => {
    const first = firstOf(size, n)
    ok &&= (await size.items.get(keyOf(first)))?.document.rank === first
  })
  const of = (size: keyof Sizes<Loaded>): SizeFigures => ({
    byKey: byKey[size],
    byIndex: byIndex[size],
    getP50Ms: got[size].p50Ms,
  })
  return { few: of('few'), many: of('many'), ok }
}

const warmUp = 10
const kinds = ['Invoke', 'GetItem', 'Query', 'BatchGetItem', 'PutItem']

/** Few and many by turns, so that both meet the same machine. */
const timed = async (
  cloud: LocalCloud,
  sizes: Sizes<Loaded>,
  samples: number,
  act: (size: Loaded, n: number) => Promise<void>,
): Promise<Sizes<PageFigures>> => {
  const seen = { few: sampling(), many: sampling() }
  for (let n = 0; n < warmUp + samples; n++) {
    for (const size of ['few', 'many'] as const) {
      const before = cloud.calls()
      const began = performance.now()
      await act(sizes[size], Math.max(0, n - warmUp))
      const ms = performance.now() - began
      if (n < warmUp) continue
      seen[size].ms.push(ms)
      for (const kind of kinds)
        seen[size].calls[kind] = (seen[size].calls[kind] ?? 0) + (cloud.calls()[kind] ?? 0) - (before[kind] ?? 0)
    }
  }
  return { few: figuresOf(seen.few), many: figuresOf(seen.many) }
}

interface Sampling {
  readonly ms: number[]
  readonly calls: { [kind: string]: number }
}
const sampling = (): Sampling => ({ ms: [], calls: {} })

const figuresOf = ({ ms, calls }: Sampling): PageFigures => ({
  p50Ms: percentile(ms, 50),
  p99Ms: percentile(ms, 99),
  calls: Object.fromEntries(
    Object.entries(calls).flatMap(([kind, count]) => (count > 0 ? [[kind, count / ms.length] as const] : [])),
  ),
})
