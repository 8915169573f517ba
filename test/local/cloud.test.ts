// The local cloud end to end: the real adapters and runtime, on a folder of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type Client, connect } from '../../lib/aws/index.ts'
import { mailboxesOf, type Routes } from '../../lib/aws/routes.ts'
import { type CloudEvent, type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../../lib/local/index.ts'
import { app } from './fixtures/chain/app.ts'
import { Relay, Sink, Stuck } from './fixtures/chain/contracts.ts'

// A busy machine takes its time to load the SDK in every worker.
jest.setTimeout(30_000)

const clouds: LocalCloud[] = []
const children: ChildProcess[] = []
const clients: Client<string>[] = []
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gavotte-cloud-'))
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  for (const cloud of clouds.splice(0)) await cloud.close()
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

const start = async (options: Partial<LocalCloudOptions> = {}) => {
  const events: CloudEvent[] = []
  const cloud = await startLocalCloud({ app, port: 0, data: folder, onEvent: (event) => events.push(event), ...options })
  clouds.push(cloud)
  return { ...cloud, events }
}

const clientOf = ({ endpoint, routes }: { readonly endpoint: string; readonly routes: Routes }) => {
  const sdk = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  const client = connect({ uses: [Relay, Sink, Stuck], app: 'chain', routes, sqs: { ...sdk, maxAttempts: 1 }, dynamodb: sdk })
  clients.push(client)
  return client
}

const until = async (done: () => Promise<boolean> | boolean): Promise<void> => {
  for (let tries = 0; !(await done()); tries += 1) {
    if (tries > 800) throw new Error('it did not come to pass')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** Whether no message waits or is in flight anywhere. */
const isQuiet = async ({ endpoint, routes }: { readonly endpoint: string; readonly routes: Routes }): Promise<boolean> => {
  const sqs = new SQSClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } })
  const counts = await Promise.all(
    Object.values(routes)
      .flatMap(mailboxesOf)
      .map(async (mailbox) => {
        const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: mailbox, AttributeNames: ['All'] }))
        return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible)
      }),
  )
  sqs.destroy()
  return counts.every((count) => count === 0)
}

describe('messages', () => {
  test('flow from process to process, while one that never returns is killed', async () => {
    const cloud = await start()
    const client = clientOf(cloud)
    await client.send(Stuck, 'one').Hang()
    await Promise.all(Array.from({ length: 40 }, (_, n) => client.send(Relay, `r${n % 4}`).Pass({ n })))
    await until(async () => (await client.view(Sink, 'all'))?.count === 40)
    expect(await client.view(Sink, 'all')).toEqual({ count: 40, sum: 780 })
    await until(() => cloud.events.some(({ kind }) => kind === 'failed'))
    expect(cloud.events.filter(({ kind }) => kind !== 'handled')).toEqual([
      {
        kind: 'failed',
        process: 'stuck',
        instances: ['one'],
        messages: 1,
        reason: 'timed out after 1 s',
        ms: expect.any(Number),
      },
    ])
  })

  test('survive a killed cloud: nothing is lost and nothing is done twice', async () => {
    const total = 120
    const send = async (client: ReturnType<typeof clientOf>, pending: Set<number>): Promise<void> => {
      await Promise.all(
        [...pending].map(async (n) => {
          await client.send(Relay, `r${n % 8}`).Pass({ n }, { key: `n-${n}` })
          pending.delete(n)
        }),
      )
    }
    const pending = new Set(Array.from({ length: total }, (_, n) => n))
    for (let kills = 0; kills < 2; kills += 1) {
      const { child, ...cloud } = await startChild()
      const client = clientOf(cloud)
      const sending = send(client, pending).catch(() => {})
      await until(async () => ((await client.view(Sink, 'all'))?.count ?? 0) > 10 * (1 + kills))
      child.kill('SIGKILL')
      await once(child, 'exit')
      await sending
    }
    const cloud = await start()
    const client = clientOf(cloud)
    await send(client, pending)
    await until(async () => ((await client.view(Sink, 'all'))?.count ?? 0) >= total && (await isQuiet(cloud)))
    expect(await client.view(Sink, 'all')).toEqual({ count: total, sum: (total * (total - 1)) / 2 })
  })
})

const startChild = async (): Promise<{ readonly child: ChildProcess; readonly endpoint: string; readonly routes: Routes }> => {
  const file = fileURLToPath(new URL('./fixtures/run-cloud.ts', import.meta.url))
  const child = spawn(process.execPath, [file, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = await once(createInterface(child.stdout), 'line')
  return { child, ...JSON.parse(line) }
}

describe('a start', () => {
  const empty = { ...app, processes: [] }

  test('says that the port is taken, and how to choose another', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await expect(start({ app: empty, port })).rejects.toThrow(
      `port-taken: port ${port} on 127.0.0.1 is taken: choose another with --port`,
    )
    server.close()
    // Nothing is left behind that would keep the next from starting.
    await start({ app: empty })
  })

  test('says that another cloud has the folder', async () => {
    await start({ app: empty })
    await expect(start({ app: empty })).rejects.toThrow(
      `data-in-use: another local cloud runs on ${folder}: stop it, or choose another folder with --data`,
    )
  })

  test('says that the data cannot be read, and begins anew when told to', async () => {
    const first = await start({ app: empty })
    await first.close()
    for (const name of await readdir(join(folder, 'dynamodb'))) {
      if (name.startsWith('MANIFEST')) await writeFile(join(folder, 'dynamodb', name), 'not a manifest')
    }
    await expect(start({ app: empty })).rejects.toThrow(
      /^data-corrupt: the data in .* cannot be read .*: begin anew with --fresh/,
    )
    await start({ app: empty, fresh: true })
  })

  test('is not stopped by a damaged lock', async () => {
    await mkdir(join(folder, 'lock'))
    await writeFile(join(folder, 'lock', 'CURRENT'), 'nonsense')
    await start({ app: empty })
  })

  test('says that the data folder is none', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expect(start({ app: empty, data: file })).rejects.toThrow(/^data-unusable: .*: choose another folder with --data$/)
  })

  test('names the process that does not load, its file and the cause', async () => {
    const file = join(folder, 'handler.ts')
    await writeFile(file, 'export const handler = nothing')
    const broken = { ...app, processes: app.processes.slice(2), entry: () => new URL(`file://${file}`) }
    await expect(start({ app: broken })).rejects.toThrow(
      `process-not-loaded: process stuck does not load from ${file}: ReferenceError: nothing is not defined (${file}:1)`,
    )
  })
})
