// Makes a process's table, through the protocol that everybody else uses as well.
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import { Misconfigured } from '../core/errors.ts'

/** What CreateTable takes for the table of a process. */
export const tableInput = (TableName: string): CreateTableCommandInput => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
})

/**
 * Makes a table if it is not there; one that is keeps what it holds.
 * @param endpoint URL of the DynamoDB server
 * @throws Misconfigured if the data cannot serve
 */
export const createTable = async (endpoint: string, table: string): Promise<void> => {
  const created = await call(endpoint, 'CreateTable', tableInput(table))
  if (created.fault !== undefined && created.fault !== 'ResourceInUseException') throw unusable(table, created.fault)
  for (let tries = 0; tries < 100; tries += 1) {
    const { body, fault } = await call(endpoint, 'DescribeTable', { TableName: table })
    if (fault !== undefined) throw unusable(table, fault)
    if (body.Table?.TableStatus === 'ACTIVE') return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  // A cloud killed at the moment when it made the table leaves it so.
  throw unusable(table, 'it was never finished')
}

const unusable = (table: string, reason: string): Misconfigured =>
  new Misconfigured('table-unusable', `table ${table} cannot be used (${reason}): begin anew with --fresh`)

interface Reply {
  readonly body: { readonly Table?: { readonly TableStatus?: string } }
  /** The name of the error, without its namespace. */
  readonly fault?: string
}

const call = async (endpoint: string, operation: string, input: object): Promise<Reply> => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      // Checked for its form only.
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local',
    },
    body: JSON.stringify(input),
  })
  const body = (await response.json()) as Reply['body'] & { readonly __type?: string }
  return { body, ...(!response.ok && { fault: body.__type?.split('#').at(-1) ?? `status ${response.status}` }) }
}
