// The database on the local cloud: files in and out, and a collection that is spread anew.
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { openCollection } from '../../../functions/database/client.ts'
import type { Collections } from '../../../functions/database/collection.ts'
import { Database } from '../../../functions/database/contract.ts'
import { load } from '../../../functions/database/load.ts'
import { type Client, connect } from '../../../lib/aws/index.ts'
import type { App } from '../../../lib/index.ts'
import { type LocalCloud, startLocalCloud } from '../../../lib/local/index.ts'
import { ran } from '../../cli/command.ts'
import { app as three } from './fixtures/three/app.ts'
import { app as two } from './fixtures/two/app.ts'
import { collectionsWith, Mirror } from './mirror.ts'

// A busy machine takes its time to load the SDK in every worker.
jest.setTimeout(60_000)

let folder = ''
let cloud: LocalCloud | undefined
let client: Client<'database' | 'mirror'> | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gavotte-database-'))
})
const stop = async (): Promise<void> => {
  await client?.close()
  await cloud?.close()
  client = undefined
  cloud = undefined
}
afterEach(async () => {
  await stop()
  await rm(folder, { recursive: true, force: true })
})

const start = async (app: App) => {
  cloud = await startLocalCloud({ app, port: 0, data: join(folder, 'data') })
  const { endpoint, routes } = cloud
  const sdk = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  client = connect({ uses: [Database, Mirror], app: 'things', routes, sqs: sdk, dynamodb: sdk, lambda: sdk })
  return { client, endpoint }
}

/** Runs the command as a shell would. */
const command = (endpoint: string, collections: Collections, ...args: readonly string[]) =>
  ran((given, terminal) => load(given, terminal, collections), [...args, '--endpoint', endpoint, '--app', 'things'])

test('what is imported is there, is told, and is exported again; a second import changes nothing; raising the shards while others write loses none', async () => {
  const documents = Array.from({ length: 140 }, (_, n) => ({
    key: `k${String(n).padStart(3, '0')}`,
    document: { name: `lamp ${n}`, rank: n % 7 },
  }))
  const lines = documents.map((one) => JSON.stringify(one))
  const [file, exported] = [join(folder, 'things.jsonl'), join(folder, 'exported.jsonl')]
  await writeFile(file, `${[...lines, '{"key":"bad","document":{"rank":"high"}}', 'no JSON'].join('\n')}\n`)
  const before = await start(two)

  const first = await command(before.endpoint, collectionsWith(2), 'import', 'things', file)
  expect(first).toMatchObject({ code: 1, out: expect.stringMatching(/^140 written, 0 as they were, 2 bad; /) })
  expect(first.err).toMatch(/things\.jsonl:141: invalid-document: bad: name: .*\n?/)
  expect(first.err).toMatch(/things\.jsonl:142: not JSON/)
  const again = await command(before.endpoint, collectionsWith(2), 'import', 'things', file)
  expect(again.out).toMatch(/^0 written, 140 as they were, 2 bad/)

  const things = openCollection(before.client, collectionsWith(2), 'things')
  expect(await things.count()).toBe(140)
  const page = await things.query({ index: 'rank', equals: 3, limit: 15 })
  expect([page.documents.length, page.cursor === undefined]).toEqual([15, false])
  await expect(things.put('k001', { name: 'other' }, { version: 1 })).rejects.toMatchObject({ code: 'version-conflict' })
  for (let tries = 0; (await before.client.view(Mirror, 'all'))?.told !== 140; tries++) {
    if (tries > 400) throw new Error('not all changes were told')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  expect(await command(before.endpoint, collectionsWith(2), 'export', 'things', exported)).toMatchObject({ code: 0 })
  expect((await readFile(exported, 'utf8')).trimEnd().split('\n')).toEqual(lines)
  await stop()

  const after = await start(three)
  const spread = openCollection(after.client, collectionsWith(3), 'things')
  expect(await spread.count()).toBe(0)
  await spread.put('k000', { name: 'newer' })
  // A client that was not deployed anew can read what is left, and write nothing that would be lost.
  const old = openCollection(after.client, collectionsWith(2), 'things')
  await expect(old.put('k001', { name: 'late' })).rejects.toMatchObject({ code: 'wrong-shard' })
  // Half of what is written while the documents are on their way is there already, half is new.
  const written = Array.from({ length: 40 }, (_, n) => ({ key: `${n % 2 === 0 ? 'k' : 'n'}${100 + n}`, name: `written ${n}` }))
  const [moved] = await Promise.all([
    command(after.endpoint, collectionsWith(3), 'spread', 'things', '--from', '2', '--drop'),
    ...written.map(({ key, name }) => spread.put(key, { name })),
  ])
  expect(moved).toMatchObject({ code: 0, out: '140 documents in 3 shards\n' })
  expect([await spread.count(), (await spread.get('k000'))?.document]).toEqual([160, { name: 'newer' }])
  expect(await Promise.all(written.map(async ({ key }) => (await spread.get(key))?.document.name))).toEqual(
    written.map(({ name }) => name),
  )
  for (let tries = 0; (await old.count()) > 0; tries++) {
    if (tries > 400) throw new Error('the earlier shards were not dropped')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
})

test.each([
  [['import', 'others', 'x.jsonl'], 2, /no collection others: choose one of things/],
  [['import', 'things', 'x.jsonl'], 2, /x\.jsonl is not there/],
  [['import', 'things', 'functions/catalogue.csv'], 2, /name the column .* --key/],
  [['spread', 'things', '--from', '2'], 2, /has 2 shards as it is deployed/],
  [['export', 'things', 'x.jsonl'], 1, /no answer|function-failed|ECONNREFUSED|does not answer/],
])('%j is refused', async (args, code, said) => {
  const done = await command('http://127.0.0.1:1', collectionsWith(2), ...args)
  expect([done.code, done.err]).toEqual([code, expect.stringMatching(said)])
  expect(existsSync('x.jsonl')).toBe(false)
})
