import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { DynamoStore } from '../../lib/aws/store.ts'
import { DynamoViews } from '../../lib/aws/views.ts'
import { storeClaims } from '../contracts/store.ts'
import { startDynalite, type TestTables } from './dynalite.ts'

let tables: TestTables
let dynamodb: DynamoDBClient
beforeAll(async () => {
  tables = await startDynalite()
  dynamodb = new DynamoDBClient(tables.config)
})
afterAll(async () => {
  dynamodb.destroy()
  await tables.close()
})

let made = 0
const makeStore = async () => {
  const table = `table-${made++}`
  await tables.create(table)
  let now = 1_000_000
  const store = new DynamoStore({ dynamodb, table, clock: { now: () => now } })
  const setNow = (ms: number): void => {
    now = ms
  }
  return { table, store, setNow }
}

storeClaims('DynamoStore', makeStore)

describe('DynamoStore', () => {
  test('says what to do where the table is not there', async () => {
    const store = new DynamoStore({ dynamodb, table: 'none-such', clock: Date })
    await expect(store.get('42', 'record')).rejects.toThrow(/^not-found: GetItem on none-such: .*Deploy the app/)
  })
})

describe('DynamoViews', () => {
  test('reads the view of a record and nothing else', async () => {
    const { table, store } = await makeStore()
    await store.put({
      pk: '42',
      sk: 'record',
      attributes: { version: 1, nonce: 'a', state: '{"secret":1}', view: '{"status":"new"}' },
    })
    const views = new DynamoViews(dynamodb, () => table)
    expect(await views.read('order', '42')).toBe('{"status":"new"}')
    expect(await views.read('order', '42', true)).toBe('{"status":"new"}')
    expect(await views.read('order', '43')).toBeUndefined()
  })
})
