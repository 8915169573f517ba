// What a direct call is measured against: one conditional write in a function that does nothing else.
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'

const dynamodb = new DynamoDBClient({})
const table = (JSON.parse(process.env.GAVOTTE_ROUTES ?? '{}') as { readonly bare: { readonly table: string } }).bare.table
let version = 0

export const handler = async (): Promise<{ readonly version: number }> => {
  version += 1
  await dynamodb.send(
    new PutItemCommand({
      TableName: table,
      Item: { pk: { S: 'bare' }, sk: { S: 'record' }, version: { N: String(version) }, state: { S: '{"draws":1}' } },
      ConditionExpression: version === 1 ? 'attribute_not_exists(pk)' : 'version = :v',
      ...(version > 1 && { ExpressionAttributeValues: { ':v': { N: String(version - 1) } } }),
    }),
  )
  return { version }
}
