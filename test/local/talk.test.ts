// Timers and calls on the local cloud, end to end.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type Client, connect } from '../../lib/aws/index.ts'
import { mailboxesOf, type Routes } from '../../lib/aws/routes.ts'
import { CallFailed, Transient } from '../../lib/index.ts'
import { type CloudEvent, type LocalCloud, startLocalCloud } from '../../lib/local/index.ts'
import { app } from './fixtures/talk/app.ts'
import { Clerk, Stock } from './fixtures/talk/contracts.ts'

// A busy machine takes its time to load the SDK in every worker.
jest.setTimeout(30_000)

interface Running {
  readonly endpoint: string
  readonly routes: Routes
}
const clouds: LocalCloud[] = []
const children: ChildProcess[] = []
const clients: Client<string>[] = []
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gavotte-talk-'))
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  for (const cloud of clouds.splice(0)) await cloud.close()
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

const start = async (onEvent: (event: CloudEvent) => void = () => {}): Promise<LocalCloud> => {
  const cloud = await startLocalCloud({ app, port: 0, data: folder, onEvent })
  clouds.push(cloud)
  return cloud
}

const sdkOf = ({ endpoint }: Running) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
})
const clientOf = (cloud: Running) => {
  const sdk = sdkOf(cloud)
  const lambda = { ...sdk, maxAttempts: 1 }
  const client = connect({ uses: [Clerk, Stock], app: 'talk', routes: cloud.routes, sqs: sdk, dynamodb: sdk, lambda })
  clients.push(client)
  return client
}
const logOf = async (cloud: Running, id: string) => (await clientOf(cloud).view(Clerk, id))?.log ?? []

const until = async (done: () => Promise<boolean>): Promise<void> => {
  for (let tries = 0; !(await done()); tries += 1) {
    if (tries > 400) throw new Error('it did not come to pass')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Whether no message waits, is delayed or in flight anywhere. */
const isQuiet = async (cloud: Running): Promise<boolean> => {
  const sqs = new SQSClient(sdkOf(cloud))
  const urls = Object.values(cloud.routes).flatMap((route) => [
    ...mailboxesOf(route),
    ...(route.timer ? [route.timer.queue] : []),
  ])
  const counts = await Promise.all(
    urls.map(async (QueueUrl) => {
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
      const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible, ApproximateNumberOfMessagesDelayed } =
        Attributes
      return [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible, ApproximateNumberOfMessagesDelayed]
    }),
  )
  sqs.destroy()
  return counts.flat().every((count) => count === '0')
}

describe('a timer', () => {
  test('survives a killed cloud and fires once', async () => {
    const file = fileURLToPath(new URL('./fixtures/run-cloud.ts', import.meta.url))
    const child = spawn(process.execPath, [file, folder, 'talk'], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const [line] = await once(createInterface(child.stdout), 'line')
    const killed = JSON.parse(line) as Running
    await clientOf(killed).send(Clerk, 'ann').Remind({ seconds: 2 })
    await until(async () => (await logOf(killed, 'ann')).length === 1)
    child.kill('SIGKILL')
    await once(child, 'exit')

    const cloud = await start()
    await until(async () => (await logOf(cloud, 'ann')).includes('rung') && (await isQuiet(cloud)))
    expect(await logOf(cloud, 'ann')).toEqual(['set', 'rung'])
  })

  test('beyond 15 minutes is a schedule, which fires at its time and is gone then', async () => {
    const cloud = await start()
    await clientOf(cloud).send(Clerk, 'bob').Remind({ seconds: 3600 })
    const scheduler = new SchedulerClient(sdkOf(cloud))
    const names = async () => (await scheduler.send(new ListSchedulesCommand())).Schedules?.map(({ Name = '' }) => Name) ?? []
    await until(async () => (await names()).length === 1)
    const [Name = ''] = await names()
    expect(Name).toMatch(/^[0-9a-f]{64}$/)

    // An hour is too long for a test: the same schedule, due now.
    const GroupName = 'talk-local'
    const { Target, FlexibleTimeWindow, ActionAfterCompletion } = await scheduler.send(
      new GetScheduleCommand({ Name, GroupName }),
    )
    await scheduler.send(new DeleteScheduleCommand({ Name, GroupName }))
    const ScheduleExpression = `at(${new Date(Date.now() + 1000).toISOString().slice(0, 19)})`
    await scheduler.send(
      new CreateScheduleCommand({ Name, GroupName, Target, FlexibleTimeWindow, ActionAfterCompletion, ScheduleExpression }),
    )
    await until(async () => (await logOf(cloud, 'bob')).includes('rung') && (await isQuiet(cloud)))
    expect(await logOf(cloud, 'bob')).toEqual(['set', 'rung'])
    expect(await names()).toEqual([])
    expect(cloud.calls()).toMatchObject({ CreateSchedule: 2, DeleteSchedule: 1 })
    scheduler.destroy()
  })
})

test('a flow calls, waits, and is cancelled from outside', async () => {
  const cloud = await start()
  const client = clientOf(cloud)
  await client.send(Clerk, 'ann').Borrow({ pieces: 4 })
  await until(async () => (await logOf(cloud, 'ann')).length === 1)
  await client.cancel(Clerk, 'ann', { flow: 'Order' })
  await client.cancel(Clerk, 'ann', { flow: 'Borrow' })
  await until(async () => (await logOf(cloud, 'ann')).length === 2)
  expect(await logOf(cloud, 'ann')).toEqual(['borrowed, left 6', 'put back'])
})

describe('a request', () => {
  test('on the queue is answered on the queue', async () => {
    const cloud = await start()
    const client = clientOf(cloud)
    await client.send(Clerk, 'ann').Order({ pieces: 3 })
    await client.send(Clerk, 'bob').Order({ pieces: 30 })
    await until(async () => (await logOf(cloud, 'ann')).length + (await logOf(cloud, 'bob')).length === 2)
    expect([await logOf(cloud, 'ann'), await logOf(cloud, 'bob')]).toEqual([['left 7'], ['sold-out']])
  })

  test('of a caller that waits is answered, and under the same key once', async () => {
    const cloud = await start()
    const stock = clientOf(cloud).call(Stock, 'shelf')
    expect(await stock.Reserve({ pieces: 4 }, { key: 'click-1' })).toEqual({ left: 6 })
    expect(await clientOf(cloud).call(Stock, 'shelf').Reserve({ pieces: 4 }, { key: 'click-1' })).toEqual({ left: 6 })
    expect(await stock.Reserve({ pieces: 4 })).toEqual({ left: 2 })
    await expect(stock.Reserve({ pieces: 4 })).rejects.toEqual(new CallFailed('sold-out', 'only 2 are left'))
    expect(cloud.calls()).toMatchObject({ Invoke: 4 })
  })

  test('that a function dies of may be made again, and the cloud tells of it', async () => {
    const events: CloudEvent[] = []
    const cloud = await start((event) => events.push(event))
    const stock = clientOf(cloud).call(Stock, 'shelf')
    const calling = stock.Stall()
    await expect(calling).rejects.toBeInstanceOf(Transient)
    await expect(calling).rejects.toThrow(/function-failed: .*timed out after 2 s.* Call again under the same key/)
    expect(events).toContainEqual({ kind: 'called', process: 'stock', ms: expect.any(Number), reason: 'timed out after 2 s' })
    expect(await stock.Reserve({ pieces: 1 })).toEqual({ left: 9 })
  })
})
