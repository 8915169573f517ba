// DynamoDB of the local cloud: what the adapter for dynalite adds to it.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Dynamo, openDynamo } from '../../lib/local/dynamo.ts'
import { createTable } from '../../lib/local/tables.ts'

let folder = ''
let dynamo: Dynamo
let server: Server
let endpoint = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gavotte-dynamo-'))
  await open()
})
afterEach(async () => {
  await close()
  await rm(folder, { recursive: true })
})

const open = async (): Promise<void> => {
  dynamo = openDynamo(folder)
  server = createServer(dynamo.handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const close = async (): Promise<void> => {
  server.close()
  server.closeAllConnections()
  await dynamo.close()
}

const post = async (operation: string, body: string): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=a',
    },
    body,
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

const item = { pk: { S: '42' }, sk: { S: 'record' }, version: { N: '1' } }

describe('the local DynamoDB', () => {
  test('keeps what it was given when it is opened again', async () => {
    await createTable(endpoint, 'shop-order')
    await post('PutItem', JSON.stringify({ TableName: 'shop-order', Item: item }))
    await close()
    await open()
    await createTable(endpoint, 'shop-order')
    const { pk, sk } = item
    expect(await post('GetItem', JSON.stringify({ TableName: 'shop-order', Key: { pk, sk } }))).toEqual({
      status: 200,
      body: { Item: item },
    })
  })

  test('survives a request that makes no sense', async () => {
    expect((await post('PutItem', 'null')).status).toBeGreaterThanOrEqual(400)
    expect(await post('ListTables', '{}')).toEqual({ status: 200, body: { TableNames: [] } })
  })

  test('survives a client that goes away in the middle', async () => {
    const { port } = server.address() as AddressInfo
    const head = 'POST / HTTP/1.1\r\nhost: a\r\nx-amz-target: DynamoDB_20120810.ListTables\r\ncontent-length: 100\r\n\r\n{'
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const arrived = once(server, 'request')
    socket.write(head)
    await arrived
    socket.destroy()
    expect(await post('ListTables', '{}')).toEqual({ status: 200, body: { TableNames: [] } })
  })
})
