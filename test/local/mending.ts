// A local cloud with the app `mend`, clients for it, and instances that something has failed on.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type FailedMessage, operate } from '../../lib/aws/index.ts'
import { startLocalCloud } from '../../lib/local/index.ts'
import { app } from './fixtures/mend/app.ts'
import { Post, Till } from './fixtures/mend/contracts.ts'

export type Mending = Awaited<ReturnType<typeof startMending>>

/** @param workers environments a process */
export const startMending = async (workers = 1) => {
  const data = await mkdtemp(join(tmpdir(), 'gavotte-mend-'))
  const cloud = await startLocalCloud({ app, port: 0, data, workers })
  const sdk = {
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  }
  const options = { app: 'mend', routes: cloud.routes, sqs: sdk, dynamodb: sdk, lambda: sdk, uses: [Till, Post] } as const
  const client = connect(options)
  const operator = operate(options)
  const entered = async (id: string) => (await client.view(Till, id, { consistent: true }))?.entered ?? []
  const failed = (filter: Parameters<typeof operator.failed>[0] = {}): Promise<FailedMessage[]> =>
    Array.fromAsync(operator.failed(filter))
  return {
    cloud,
    sdk,
    client,
    operator,
    entered,
    failed,
    /** A till that stands still on a bad message, with as many stashed as `behind` has. @returns the bad message's id */
    park: async (id: string, behind: readonly number[] = []): Promise<string> => {
      const bad = client.send(Till, id).Enter({ n: 13, bad: true })
      await Promise.all([bad, ...behind.map((n) => client.send(Till, id).Enter({ n }))])
      await until(async () => (await failed({ process: 'till', instance: id }))[0]?.parked?.stashed === behind.length)
      return (await bad).id
    },
    close: async () => {
      await client.close()
      await operator.close()
      await cloud.close()
      await rm(data, { recursive: true, force: true })
    },
  }
}

export const until = async (done: () => Promise<boolean>, everyMs = 50): Promise<void> => {
  const giveUpAt = Date.now() + 30_000
  while (!(await done())) {
    if (Date.now() > giveUpAt) throw new Error('it did not come to pass')
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
