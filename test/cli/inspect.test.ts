import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { DynamoStore } from '../../lib/aws/store.ts'
import { failureItems } from '../../lib/core/failure.ts'
import { resolvedItem } from '../../lib/core/park.ts'
import { blankRecord, encodeRecord, type InstanceRecord } from '../../lib/core/record.ts'
import { startDynalite, type TestTables } from '../aws/dynalite.ts'
import { gavotte } from './command.ts'

const record = (instance: string, more: Partial<InstanceRecord> = {}): InstanceRecord => ({
  ...blankRecord(instance),
  exists: true,
  version: 1_795_424_400_000_003,
  nonce: 'n',
  at: Date.UTC(2026, 10, 23, 9),
  schema: 1,
  state: '{"cents":5}',
  ...more,
})

let tables: TestTables
let dynamodb: DynamoDBClient
beforeAll(async () => {
  tables = await startDynalite()
  await tables.create('shop-order')
  dynamodb = new DynamoDBClient(tables.config)
  const store = new DynamoStore({ dynamodb, table: 'shop-order', clock: Date })
  const put = async (one: InstanceRecord): Promise<void> => {
    const { item, pages } = encodeRecord(one)
    for (const each of [...pages, item]) await store.put(each)
  }
  await put(
    record('42', {
      view: '{"settled":true}',
      seen: { window: [{ digest: '0123456789abcdef', at: 5, keyed: true }], floor: 0, keysEvicted: false },
      effects: [{ kind: 'send', process: 'web', to: 'a', type: 'Done', body: {}, trace: 't', cause: 'c', hops: 1 }],
      attempts: new Map([['click-2', 3]]),
    }),
  )
  const failure = {
    id: 'click-1',
    message: '{}',
    reason: { code: 'handler-failed', text: 'Error: no' },
    attempts: 5,
    type: 'Place',
    at: 1000,
  } as const
  for (const item of failureItems('42', failure)) await store.put(item)
  for (const item of failureItems('~malformed', {
    id: 'sqs/1/0',
    message: 'x'.repeat(200_000),
    reason: { code: 'malformed', text: 'not JSON' },
    attempts: 1,
    at: 0,
  })) {
    await store.put(item)
  }
  await put(record('43', { state: undefined }))
  await put(
    record('44', {
      parked: { id: 'click-9', code: 'handler-failed', at: 1000, again: { round: 1 } },
      stash: { first: 3, next: 6 },
      failed: 1,
    }),
  )
  for (const round of [0, 1])
    for (const item of failureItems('44', { ...failure, id: 'click-9', ...(round > 0 && { again: { round } }) }))
      await store.put(item)
  await store.put(resolvedItem('44', { kind: 'resolve', id: 'click-9', round: 0, how: 'redriven', at: 2000, by: 'ann' }))
  await put(record('large', { state: JSON.stringify({ text: 'x'.repeat(300_000) }) }))
})

/** An instance `shelf/1` with rows, those of an earlier life and a deleted one among them. */
const fillShelf = async (): Promise<void> => {
  await tables.create('shop-shelf')
  const store = new DynamoStore({ dynamodb, table: 'shop-shelf', clock: Date })
  await store.put(encodeRecord(record('1', { rowsFrom: 7 })).item)
  const row = (key: string, attributes: { readonly [name: string]: string | number }): Promise<unknown> =>
    store.put({ pk: '1', sk: `row/${key}`, attributes })
  for (let n = 10; n < 22; n++) await row(`part/${n}`, { version: 8, value: `{"n":${n}}` })
  await row('deleted', { version: 9, expires: 9_999_999_999 })
  await row('of an earlier life', { version: 6, value: '{"n":0}' })
}
afterAll(async () => {
  dynamodb.destroy()
  await tables.close()
})

const inspect = (...args: readonly string[]) =>
  gavotte(['inspect', ...args, '--app', 'shop', '--endpoint', tables.config.endpoint])
const linesOf = (text: string): readonly unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('gavotte inspect PROCESS/INSTANCE', () => {
  test('shows the first rows, those that were deleted or left by an earlier life not among them', async () => {
    await fillShelf()
    const { out } = await inspect('shelf/1')
    expect(out).toContain('rows      12, the first 10:\n  part/10 {"n":10}\n  part/11 {"n":11}\n')
    expect(out).not.toContain('part/20')
    const [document] = linesOf((await inspect('shelf/1', '--json')).out)
    expect(document).toMatchObject({ rows: { count: 12, more: false } })
    expect((await inspect('order/42')).out).not.toContain('rows')
  })

  test('shows the record and the failed messages', async () => {
    expect(await inspect('order/42')).toEqual({
      code: 0,
      out: `instance  order/42
version   1795424400000003, committed 2026-11-23T09:00:00.000Z
state     {
            "cents": 5
          }
view      {"settled":true}
effects   1 pending
  send Done to web/a
seen      1 messages, earlier ones in segments (up to 1970-01-01T00:00:00.000Z)
attempts
  click-2: 3
failed    1 messages
  click-1 Place 1970-01-01T00:00:01.000Z, attempts 5: handler-failed: Error: no
`,
      err: '',
    })
  })

  test('prints one document with --json, paged state included', async () => {
    const { out } = await inspect('order/large', '--json')
    expect(JSON.parse(out)).toMatchObject({
      process: 'order',
      instance: 'large',
      state: { text: expect.stringMatching(/^x{300000}$/) },
      failed: [],
    })
  })

  test('shows messages that name no instance', async () => {
    const { code, out } = await inspect('order/~malformed', '--json')
    expect({ code, failed: JSON.parse(out).failed }).toMatchObject({
      code: 0,
      failed: [{ id: 'sqs/1/0', code: 'malformed', reason: 'not JSON' }],
    })
  })

  test('shows what an instance stands still on, what is stashed behind it, and what was done about what failed', async () => {
    const { out } = await inspect('order/44')
    expect(out).toContain(`parked    on click-9 since 1970-01-01T00:00:01.000Z: handler-failed; see gavotte failed show
stashed   2 messages
`)
    expect(out).toContain(`failed    2 messages
  click-9 Place 1970-01-01T00:00:01.000Z, attempts 5: handler-failed, redriven 1970-01-01T00:00:02.000Z
  click-9 Place 1970-01-01T00:00:01.000Z, attempts 5: handler-failed: Error: no
`)
    expect(JSON.parse((await inspect('order/44', '--json')).out)).toMatchObject({
      parked: { id: 'click-9', code: 'handler-failed', at: '1970-01-01T00:00:01.000Z', round: 1 },
      stashed: 2,
      failed: [{ done: { how: 'redriven', by: 'ann' } }, { id: 'click-9' }],
    })
    expect(linesOf((await inspect('order', '--json')).out)).toContainEqual(
      expect.objectContaining({ instance: '44', parked: true, failed: 1 }),
    )
  })

  test('says so where there is nothing', async () => {
    expect(await inspect('order/45')).toMatchObject({ code: 1, err: expect.stringContaining('order/45 has no record') })
    expect(await inspect('ordr/44')).toMatchObject({ code: 1, err: expect.stringContaining('not-found: GetItem on shop-ordr') })
    expect(await inspect('order/')).toMatchObject({ code: 2 })
  })
})

describe('gavotte inspect PROCESS', () => {
  test('lists instances with version and size', async () => {
    const { code, out } = await inspect('order', '--json')
    expect(code).toBe(0)
    expect(linesOf(out)).toHaveLength(4)
    expect(linesOf(out)).toContainEqual({
      instance: '43',
      version: 1_795_424_400_000_003,
      bytes: expect.any(Number),
      committedAt: '2026-11-23T09:00:00.000Z',
      ended: true,
      parked: false,
      failed: 0,
    })
    expect((await inspect('order')).out).toMatch(/^INSTANCE +VERSION +BYTES +COMMITTED +STATE +FAILED\n/)
  })

  test('goes on behind where an earlier list ended', async () => {
    const instances: unknown[] = []
    let after: readonly string[] = []
    for (let more = true; more; ) {
      const { out, err } = await inspect('order', '--json', '--limit', '1', ...after)
      for (const one of linesOf(out)) instances.push((one as { instance: string }).instance)
      const [, last] = /there are more: go on with --after (\S+)/.exec(err) ?? []
      more = last !== undefined
      after = last === undefined ? [] : ['--after', last]
    }
    expect(instances.sort()).toEqual(['42', '43', '44', 'large'])
  })
})
