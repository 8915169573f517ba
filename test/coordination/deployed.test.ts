// A coordination process is deployed as any other: by the constructs of the CDK, and on the local cloud.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { connect } from '../../lib/aws/index.ts'
import { Lease } from '../../lib/coordination/index.ts'
import { startLocalCloud } from '../../lib/local/index.ts'
import { here, resourcesOf, topologyOf } from '../cdk/template.ts'
import { app, Worker } from './fixtures/desk/app.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gavotte-desk-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('its queues are there, and it may send to those whom it tells', () => {
  const resources = resourcesOf(topologyOf(app, { one: { processes: { lease: {}, worker: {} } } }))
  const queues = resources.filter(({ Type }) => Type === 'AWS::SQS::Queue').map(({ Properties }) => Properties.QueueName)
  expect(queues).toEqual(expect.arrayContaining(['desk-lease.fifo', 'desk-lease-timer', 'desk-worker.fifo', 'desk-worker-timer']))
  const role = resources.find(({ Properties }) => Properties.RoleName === `desk-lease-${here.region}`)
  expect(JSON.stringify(role)).toContain('desk-worker.fifo')
})

test('on the local cloud a worker waits for it behind a client, and gets it when its time is over', async () => {
  const cloud = await startLocalCloud({ app, port: 0, data: folder, onEvent: () => {} })
  const sdk = { endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  const client = connect({ uses: [Lease, Worker], app: 'desk', routes: cloud.routes, sqs: sdk, dynamodb: sdk, lambda: sdk })
  try {
    const { Acquire } = client.call(Lease, 'a')
    expect(await Acquire({ holder: 'outside', ttl: '2s' })).toMatchObject({ held: true })
    await client.send(Worker, 'w').Want()
    const log = async () => (await client.view(Worker, 'w'))?.log ?? []
    for (let tries = 0; (await log()).length < 3; tries += 1) {
      if (tries > 300) throw new Error(`it did not come to pass: ${(await log()).join()}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(await log()).toEqual(['place 1', 'granted w', 'expired'])
  } finally {
    await client.close()
    await cloud.close()
  }
}, 60_000)
