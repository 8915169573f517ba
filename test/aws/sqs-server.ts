// An SQS in memory for tests, with the rules of the local cloud's queues, on a port of its own.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SQSClientConfig } from '@aws-sdk/client-sqs'
import { sqsHandler } from '../../lib/local/sqs-http.ts'
import { SqsService } from '../../lib/local/sqs-service.ts'
import { queueUrl } from '../../lib/local/sqs-wire.ts'

export interface TestQueues {
  readonly config: SQSClientConfig & { readonly endpoint: string }
  /** A name that ends in `.fifo` makes a FIFO queue. @returns its URL */
  readonly create: (name: string) => string
  readonly close: () => Promise<void>
}

export const startSqs = async (): Promise<TestQueues> => {
  const service = SqsService.open(undefined)
  const server = createServer(sqsHandler(service)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    config: { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
    create: (name) => {
      service.ensureQueue(name, name.endsWith('.fifo') ? { FifoQueue: 'true' } : {})
      return queueUrl(endpoint, name)
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await service.close()
    },
  }
}
