// A DynamoDB in memory for tests, on a port of its own.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { CreateTableCommand, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { tableInput } from '../../lib/local/tables.ts'

export interface TestTables {
  readonly config: DynamoDBClientConfig & { readonly endpoint: string }
  readonly create: (table: string) => Promise<void>
  readonly close: () => Promise<void>
}

export const startDynalite = async (): Promise<TestTables> => {
  const server = dynalite({ path: '', createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const config = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  }
  const dynamodb = new DynamoDBClient(config)
  return {
    config,
    create: async (table) => {
      await dynamodb.send(new CreateTableCommand(tableInput(table)))
      // Dynalite makes a table active a tick later.
      await new Promise((resolve) => setTimeout(resolve, 5))
    },
    close: async () => {
      dynamodb.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
