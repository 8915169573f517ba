// The published views in other processes' tables (port `Views`): one attribute of the record, which is all that IAM allows.
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import type { Views } from '../ports/store.ts'
import { calling } from './errors.ts'

export class DynamoViews implements Views {
  readonly #dynamodb: DynamoDBClient
  readonly #tableOf: (process: string) => string

  /** @param tableOf name or ARN of a process's table; may throw Misconfigured */
  constructor(dynamodb: DynamoDBClient, tableOf: (process: string) => string) {
    this.#dynamodb = dynamodb
    this.#tableOf = tableOf
  }

  /** @param consistent sees every commit that was acknowledged before the call, at twice the price. Default false */
  async read(process: string, instance: string, consistent = false): Promise<string | undefined> {
    const table = this.#tableOf(process)
    // The grant's `dynamodb:Attributes` lists these three, so nothing else may stand in the projection.
    const command = new GetItemCommand({
      TableName: table,
      Key: { pk: { S: instance }, sk: { S: 'record' } },
      ProjectionExpression: 'pk, sk, #view',
      ExpressionAttributeNames: { '#view': 'view' },
      ConsistentRead: consistent,
    })
    const { Item: stored } = await calling(`GetItem of a view on ${table}`, () => this.#dynamodb.send(command))
    return stored?.view?.S
  }
}
