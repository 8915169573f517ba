// The table of one process on DynamoDB (port `Store`).
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
} from '@aws-sdk/client-dynamodb'
import { Transient } from '../core/errors.ts'
import type { Clock } from '../ports/host.ts'
import type { Condition, Item, PutResult, RangeOptions, Store } from '../ports/store.ts'
import { fromStored, isExpired, type StoredItem, toStored } from './attributes.ts'
import { calling } from './errors.ts'

export interface DynamoStoreOptions {
  readonly dynamodb: DynamoDBClient
  /** Name or ARN; keys `pk` and `sk`, both strings. */
  readonly table: string
  /** Tells what has expired. */
  readonly clock: Pick<Clock, 'now'>
}

/** DynamoDB: BatchGetItem takes at most 100 keys. */
const batchKeysMax = 100

export class DynamoStore implements Store {
  readonly #dynamodb: DynamoDBClient
  readonly #table: string
  readonly #clock: Pick<Clock, 'now'>

  constructor({ dynamodb, table, clock }: DynamoStoreOptions) {
    this.#dynamodb = dynamodb
    this.#table = table
    this.#clock = clock
  }

  async get(pk: string, sk: string): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.#table, Key: { pk: { S: pk }, sk: { S: sk } }, ConsistentRead: true })
    const { Item: stored } = await calling(`GetItem on ${this.#table}`, () => this.#dynamodb.send(command))
    return stored && this.#present(stored)
  }

  async put(item: Item, condition?: Condition): Promise<PutResult> {
    const command = new PutItemCommand({
      TableName: this.#table,
      Item: toStored(item),
      ...(condition && { ...expression(condition, this.#clock.now()), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    })
    return calling(`PutItem on ${this.#table}`, async () => {
      try {
        await this.#dynamodb.send(command)
        return { kind: 'written' }
      } catch (thrown) {
        if (!(thrown instanceof ConditionalCheckFailedException)) throw thrown
        // DynamoDB sends the item along unless there is none; an emulator may never do so.
        const found = thrown.Item ? this.#present(thrown.Item) : await this.get(item.pk, item.sk)
        return { kind: 'refused', item: found }
      }
    })
  }

  async getMany(pk: string, sks: readonly string[]): Promise<readonly Item[]> {
    const batches = Array.from({ length: Math.ceil(sks.length / batchKeysMax) }, (_, n) =>
      sks.slice(n * batchKeysMax, (n + 1) * batchKeysMax),
    )
    return (await Promise.all(batches.map((batch) => this.#getBatch(pk, batch)))).flat()
  }

  async #getBatch(pk: string, sks: readonly string[]): Promise<readonly Item[]> {
    const found: Item[] = []
    let keys: StoredItem[] = sks.map((sk) => ({ pk: { S: pk }, sk: { S: sk } }))
    while (keys.length > 0) {
      const command = new BatchGetItemCommand({ RequestItems: { [this.#table]: { Keys: keys, ConsistentRead: true } } })
      const { Responses = {}, UnprocessedKeys = {} } = await calling(`BatchGetItem on ${this.#table}`, () =>
        this.#dynamodb.send(command),
      )
      for (const stored of Object.values(Responses).flat()) {
        const item = this.#present(stored)
        if (item) found.push(item)
      }
      const left = Object.values(UnprocessedKeys)[0]?.Keys ?? []
      // An answer ends at 16 MB; one that brings nothing is a throttle.
      if (left.length === keys.length) throw new Transient('throttled', `BatchGetItem on ${this.#table}: try again`)
      keys = left
    }
    return found
  }

  async *range(pk: string, from: string, to: string, { atOnce, reverse = false }: RangeOptions = {}): AsyncIterable<Item> {
    // DynamoDB refuses a BETWEEN whose bounds are the wrong way round.
    if (Buffer.compare(Buffer.from(from), Buffer.from(to)) > 0) return
    let start: StoredItem | undefined
    let limit = atOnce
    do {
      const command = new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': { S: pk }, ':from': { S: from }, ':to': { S: to } },
        ConsistentRead: true,
        ...(limit !== undefined && { Limit: limit }),
        ...(reverse && { ScanIndexForward: false }),
        ...(start && { ExclusiveStartKey: start }),
      })
      const page = await calling(`Query on ${this.#table}`, () => this.#dynamodb.send(command))
      for (const stored of page.Items ?? []) {
        const item = this.#present(stored)
        if (item) yield item
      }
      start = page.LastEvaluatedKey
      // Whoever passes over many is soon through.
      if (limit !== undefined) limit = Math.min(2 * limit, 1000)
    } while (start)
  }

  async remove(pk: string, sk: string): Promise<void> {
    const command = new DeleteItemCommand({ TableName: this.#table, Key: { pk: { S: pk }, sk: { S: sk } } })
    await calling(`DeleteItem on ${this.#table}`, () => this.#dynamodb.send(command))
  }

  #present(stored: StoredItem): Item | undefined {
    const item = fromStored(stored)
    return isExpired(item, this.#clock.now()) ? undefined : item
  }
}

type Expression = Pick<PutItemCommandInput, 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>

const expression = (condition: Condition, nowMs: number): Expression => {
  switch (condition.kind) {
    case 'absent':
      return {
        ConditionExpression: 'attribute_not_exists(pk) OR #expires <= :now',
        ExpressionAttributeNames: { '#expires': 'expires' },
        ExpressionAttributeValues: { ':now': { N: String(Math.floor(nowMs / 1000)) } },
      }
    case 'at':
      return {
        ConditionExpression: '#version = :version AND #nonce = :nonce',
        ExpressionAttributeNames: { '#version': 'version', '#nonce': 'nonce' },
        ExpressionAttributeValues: { ':version': { N: String(condition.version) }, ':nonce': { S: condition.nonce } },
      }
    case 'older':
      return {
        ConditionExpression: 'attribute_not_exists(#version) OR #version < :version',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':version': { N: String(condition.version) } },
      }
  }
}
