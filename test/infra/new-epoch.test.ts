import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { beginEpoch } from '../../infra/new-epoch.ts'
import { DynamoStore } from '../../lib/aws/index.ts'
import { inlineBytesMax } from '../../lib/core/limits.ts'
import { blankRecord, encodeRecord, type InstanceRecord } from '../../lib/core/record.ts'
import { readRecord } from '../../lib/runtime/records.ts'
import { startDynalite, type TestTables } from '../aws/dynalite.ts'

const backup = 1_750_000_000_000
const now = 1_760_000_000_000
const table = 'gavotte-restored'

const record = (instance: string, rest: Partial<InstanceRecord>): InstanceRecord => ({
  ...blankRecord(instance),
  exists: true,
  version: backup * 1000 + 7,
  nonce: 'one',
  at: backup,
  schema: 1,
  state: '{"count":1}',
  ...rest,
})
const sends = (text: string): InstanceRecord['effects'] => [
  { kind: 'send', process: 'other', to: 'x', type: 'Note', body: { text }, trace: 't', cause: 'c', hops: 1 },
]
const long = 'x'.repeat(inlineBytesMax)

let tables: TestTables
let client: DynamoDBClient
let store: DynamoStore
beforeAll(async () => {
  tables = await startDynalite()
  await tables.create(table)
  client = new DynamoDBClient(tables.config)
  store = new DynamoStore({ dynamodb: client, table, clock: { now: () => now } })
  for (const one of [
    record('quiet', { view: '{"count":1}' }),
    record('busy', { effects: sends('short') }),
    record('large', { state: JSON.stringify({ long }), effects: sends(long) }),
  ]) {
    const { item, pages } = encodeRecord(one)
    for (const written of [...pages, item]) await store.put(written)
  }
})
afterAll(async () => {
  client.destroy()
  await tables.close()
})

test('after a restore every record goes on above all versions that it can have had, with its state and nothing to send again', async () => {
  const epoch = await beginEpoch(client, table, now)
  expect({ ...epoch, interrupted: epoch.interrupted.toSorted() }).toEqual({ records: 3, interrupted: ['busy', 'large'] })
  const after = await Promise.all(['quiet', 'busy', 'large'].map((instance) => readRecord(store, instance)))
  for (const { version, effects } of after) expect({ version, effects }).toEqual({ version: now * 1000, effects: [] })
  expect(after.map(({ state, view }) => [state, view])).toEqual([
    ['{"count":1}', '{"count":1}'],
    ['{"count":1}', undefined],
    [JSON.stringify({ long }), undefined],
  ])
})

test('a clock that runs behind the versions is refused', async () => {
  await expect(beginEpoch(client, table, backup)).rejects.toThrow(/table-in-use/)
})
