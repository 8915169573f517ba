// The cache and the database on the local cloud: real queues, tables and functions.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { createCache } from '../../../functions/cache/client.ts'
import { Cache, instances } from '../../../functions/cache/contract.ts'
import { cache } from '../../../functions/cache/process.ts'
import { openCollection } from '../../../functions/database/client.ts'
import { instanceFor } from '../../../functions/database/collection.ts'
import { collections } from '../../../functions/database/collections.ts'
import { Database } from '../../../functions/database/contract.ts'
import { database } from '../../../functions/database/process.ts'
import { connect } from '../../../lib/aws/index.ts'
import { type Blueprint, defineApp } from '../../../lib/index.ts'
import { type LocalCloud, startLocalCloud } from '../../../lib/local/index.ts'

// A busy machine takes its time to load the SDK in every worker.
jest.setTimeout(120_000)

const minute = 60_000
let folder = ''
const closers: (() => Promise<void>)[] = []
const closeAll = async (): Promise<void> => {
  for (const close of closers.splice(0).toReversed()) await close()
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gavotte-cache-'))
})
afterEach(async () => {
  await closeAll()
  await rm(folder, { recursive: true, force: true })
})

const withShards = (process: Blueprint, shards: number): Blueprint => ({ ...process, deploy: { ...process.deploy, shards } })

const start = async (shards = 1) => {
  const base = new URL('../../../functions/app.ts', import.meta.url).href
  const app = defineApp('gavotte', base, [withShards(database, shards), withShards(cache, shards)])
  const cloud = await startLocalCloud({ app, port: 0, data: folder })
  closers.push(() => cloud.close())
  return cloud
}
const clientOf = ({ endpoint, routes }: LocalCloud) => {
  const sdk = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  const client = connect({ uses: [Cache, Database], app: 'gavotte', routes, sqs: sdk, dynamodb: sdk, lambda: sdk })
  closers.push(() => client.close())
  return client
}
const until = async (done: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; !(await done()); tries += 1) {
    if (tries > 600) throw new Error('it did not come to pass')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
const mug = (pence: number) => ({ name: 'A mug', category: 'kitchen', pence })

test('what is read through the cache is loaded once, and anew when the database has told of a change', async () => {
  const client = clientOf(await start())
  const products = openCollection(client, collections, 'products')
  await products.put('mug', mug(500))
  let loads = 0
  const load = async () => {
    loads += 1
    return (await products.get('mug'))?.document
  }
  const environments = Array.from({ length: 40 }, () => createCache({ client, copyMs: 0 }))
  const wants = environments.flatMap((one) =>
    Array.from({ length: 25 }, () => one.through('products/mug', { ttlMs: minute }, load)),
  )
  expect(new Set((await Promise.all(wants)).map((one) => one?.pence))).toEqual(new Set([500]))
  expect(loads).toBe(1)

  const [environment = createCache({ client })] = environments
  // The database told of the first put too, which may come only now.
  await until(async () => [...(await environment.stats()).values()].every(({ invalidations }) => invalidations === 1))
  await environment.through('products/mug', { ttlMs: minute }, load)
  await products.put('mug', mug(600))
  await until(async () => (await environment.through('products/mug', { ttlMs: minute }, load))?.pence === 600)
  const before = loads
  expect(await environment.through('products/mug', { ttlMs: minute }, load)).toMatchObject({ pence: 600 })
  expect(loads - before).toBeLessThanOrEqual(1)
})

test('shards of the mailboxes of cache and database are raised under load, and no message is lost', async () => {
  const documents = 120
  const putAll = (client: ReturnType<typeof clientOf>, from: number, to: number) => {
    const products = openCollection(client, collections, 'products')
    return Promise.all(
      Array.from({ length: to - from }, async (_, n) => {
        const key = `mug-${from + n}`
        await client.send(Database, shardOf(key)).Write({ writes: [{ kind: 'put', key, document: mug(from + n) }] })
      }),
    ).then(() => products)
  }
  await putAll(clientOf(await start(1)), 0, documents / 2)
  // Messages are under way in both mailboxes when the functions go.
  await closeAll()
  const client = clientOf(await start(4))
  const products = await putAll(client, documents / 2, documents)
  const environment = createCache({ client, copyMs: 0 })
  await until(async () => (await products.count()) === documents)
  await until(async () => [...(await environment.stats()).values()].every(({ invalidations }) => invalidations === documents))
  expect((await environment.stats()).size).toBe(instances)
})

const shardOf = (key: string): string => instanceFor('products', collections.products, key)
