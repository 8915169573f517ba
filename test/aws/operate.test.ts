// What the tables keep of failures, as the operator's API reads it, and what it refuses to ask for.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Operator, operate } from '../../lib/aws/operate.ts'
import { DynamoStore } from '../../lib/aws/store.ts'
import { type Failure, failureItems } from '../../lib/core/failure.ts'
import { resolvedItem } from '../../lib/core/park.ts'
import { Rejected } from '../../lib/index.ts'
import { startDynalite, type TestTables } from './dynalite.ts'
import { FakeSqs } from './fake-sqs.ts'

const failure = (id: string, more: Partial<Failure> = {}): Failure => ({
  id,
  message: JSON.stringify({ id, to: '42', type: 'Place', body: {} }),
  reason: { code: 'handler-failed', text: 'Error: no', stack: 'Error: no\n    at place' },
  attempts: 5,
  type: 'Place',
  at: 1000,
  ...more,
})
const long = JSON.stringify({ id: 'long', to: '42', type: 'Place', body: { text: 'x'.repeat(800_000) } })

let tables: TestTables
let sqs: FakeSqs
let operator: Operator
beforeAll(async () => {
  tables = await startDynalite()
  sqs = await new FakeSqs().open()
  for (const table of ['shop-order', 'shop-web', 'other-order']) await tables.create(table)
  const dynamodb = new DynamoDBClient(tables.config)
  const store = new DynamoStore({ dynamodb, table: 'shop-order', clock: Date })
  const keep = async (pk: string, ...failures: readonly Failure[]): Promise<void> => {
    for (const item of failures.flatMap((one) => failureItems(pk, one))) await store.put(item)
  }
  await keep('42', failure('long', { message: long }), failure('long', { message: long, at: 2000, again: { round: 1 } }))
  await store.put(resolvedItem('42', { kind: 'resolve', id: 'long', round: 0, how: 'redriven', at: 1500, by: 'ann' }))
  // More than one page of a Scan has room for, so that an instance's items may lie on two.
  for (let n = 0; n < 30; n++) {
    await keep(`many-${n}`, failure('a', { message: 'x'.repeat(100_000) }), failure('b'))
    await store.put(
      resolvedItem(`many-${n}`, { kind: 'resolve', id: 'a', round: 0, how: 'discarded', at: 2000 + n, why: 'noise' }),
    )
  }
  await keep('old', failure('old', { reason: { code: 'too-old', text: 'too old' } }))
  await keep('undone', failure('undone', { reason: { code: 'flow-failed', text: 'it was undone' } }))
  await keep('asked', failure('asked', { message: '{"id":"asked","to":"asked","type":"Place","reply":"web/a"}' }))
  await store.put({ pk: '43', sk: 'record', attributes: { version: 1, nonce: 'n', at: 0, schema: 1, state: '{}' } })
  dynamodb.destroy()
  operator = operate({ app: 'shop', sqs: sqs.config, dynamodb: tables.config })
})
afterAll(async () => {
  await operator.close()
  await sqs.close()
  await tables.close()
})

const listed = async (filter?: Parameters<Operator['failed']>[0]) =>
  (await Array.fromAsync(operator.failed(filter))).map(({ process, instance, id }) => `${process}/${instance} ${id}`).sort()

describe('what has failed', () => {
  test('is listed of all tables of the app, without what was dealt with', async () => {
    const many = Array.from({ length: 30 }, (_, n) => `order/many-${n} b`)
    expect(await listed()).toEqual(['order/42 long', ...many, 'order/asked asked', 'order/old old', 'order/undone undone'].sort())
    expect(await listed({ process: 'web' })).toEqual([])
    expect(await listed({ process: 'order', instance: 'many-7' })).toEqual(['order/many-7 b'])
    expect(await listed({ process: 'order', since: 1500 })).toEqual(['order/42 long'])
  })

  test('is shown whole, however long, with each round', async () => {
    const detail = await operator.show({ process: 'order', instance: '42', id: 'long' })
    expect(detail?.message).toBe(long)
    expect(detail).toMatchObject({
      open: true,
      round: 1,
      at: 2000,
      stack: 'Error: no\n    at place',
      rounds: [
        { round: 0, at: 1000, resolution: { how: 'redriven', by: 'ann' } },
        { round: 1, at: 2000 },
      ],
    })
  })

  test('and was dealt with is in the audit trail', async () => {
    expect(await Array.fromAsync(operator.audit({ process: 'order', instance: '42' }))).toEqual([
      { process: 'order', instance: '42', id: 'long', round: 0, how: 'redriven', at: 1500, by: 'ann' },
    ])
    expect(await Array.fromAsync(operator.audit({ since: 2010, until: 2014 }))).toHaveLength(5)
  })
})

describe('a redrive', () => {
  const name = { process: 'order', instance: '42', id: 'long' }

  test('is refused at once where it could come to nothing, and nothing is sent', async () => {
    const why = 'x'.repeat(1001)
    await expect(operator.redrive(name, { why })).rejects.toThrow(/^too-large: "why" has 1001 characters/)
    await expect(operator.redrive(name, { body: 'x'.repeat(120_000) })).rejects.toThrow(
      /^too-large: the new body has 120002 bytes/,
    )
    await expect(operator.redrive({ ...name, instance: 'many-1', id: 'a' })).rejects.toThrow(
      /^resolved: a of order\/many-1 was discarded at /,
    )
    await expect(operator.redrive({ process: 'order', instance: 'old', id: 'old' })).rejects.toThrow(/^discard-only: /)
    await expect(operator.redrive({ process: 'order', instance: 'undone', id: 'undone' })).rejects.toThrow(/^discard-only: /)
    await expect(operator.redrive({ process: 'order', instance: 'asked', id: 'asked' })).rejects.toThrow(
      /^discard-only: .* whoever asked has been told/,
    )
    await expect(operator.redrive({ ...name, id: 'none' })).rejects.toBeInstanceOf(Rejected)
    expect(sqs.batches).toEqual([])
  })

  test('is a control message to the mailbox of the instance; nothing is known while nobody takes it', async () => {
    sqs.queues = ['shop-order.fifo']
    expect(await operator.redrive(name, { by: 'ann', why: 'mended', body: {}, wait: 0 })).toEqual({ kind: 'pending' })
    const [entry] = sqs.batches.flat()
    expect(entry?.MessageGroupId).toBe('42')
    expect(JSON.parse(entry?.MessageBody ?? '')).toMatchObject({
      to: '42',
      type: '~redrive',
      from: expect.stringMatching(/^~client\//),
      body: { id: 'long', by: 'ann', why: 'mended', body: {} },
    })
  })
})
