// SQS clients by region: a queue takes requests that are signed for its own.
import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs'
import { sdkDefaults } from './sdk.ts'

export class SqsClients {
  readonly #config: SQSClientConfig
  readonly #clients = new Map<string, SQSClient>()

  constructor(config: SQSClientConfig = {}) {
    // The endpoint is that of the environment or of the configuration, whatever host stands in a queue's URL.
    this.#config = { ...sdkDefaults, useQueueUrlAsEndpoint: false, ...config }
  }

  /** The client for a queue; without one, that of the SDK's own region. */
  at(queueUrl = ''): SQSClient {
    const region = regionOf(queueUrl) ?? ''
    let client = this.#clients.get(region)
    if (client === undefined) {
      client = new SQSClient({ ...this.#config, ...(region !== '' && { region }) })
      this.#clients.set(region, client)
    }
    return client
  }

  destroy(): void {
    for (const client of this.#clients.values()) client.destroy()
  }
}

/** The region that an AWS queue URL names; undefined for an emulator's. */
const regionOf = (queueUrl: string): string | undefined => /^https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\./.exec(queueUrl)?.[1]
