import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { EventBridgeScheduler } from '../../lib/aws/scheduler.ts'
import { Defect, type GavotteError, Misconfigured, Transient } from '../../lib/core/errors.ts'

const timer = {
  queue: 'https://sqs.eu-west-1.amazonaws.com/111122223333/shop-order-timer',
  arn: 'arn:aws:sqs:eu-west-1:111122223333:shop-order-timer',
  role: 'arn:aws:iam::111122223333:role/shop-order-timer-eu-west-1',
  group: 'shop-all',
}
const now = Date.UTC(2026, 10, 23, 12, 0, 0)

let server: Server
let scheduler: EventBridgeScheduler
const asked: { readonly path: string; readonly body: { readonly [name: string]: unknown } }[] = []
let answer: { readonly status: number; readonly type?: string } = { status: 200 }
beforeEach(async () => {
  asked.length = 0
  answer = { status: 200 }
  server = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const config = { endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 }
  scheduler = new EventBridgeScheduler({ timer, clock: { now: () => now }, config })
})
afterEach(() => {
  scheduler.destroy()
  server.closeAllConnections()
  server.close()
})

const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString()
  asked.push({ path: `${request.method} ${request.url}`, body: JSON.parse(body) })
  const { status, type } = answer
  response.writeHead(status, type === undefined ? {} : { 'x-amzn-errortype': type }).end('{"ScheduleArn":"arn","Message":"no"}')
}

const id = 'ab'.repeat(32)

test('a schedule is one-time, in UTC, by the whole second, for the timer queue, and gone when it is done', async () => {
  await scheduler.schedule({ id, at: Date.UTC(2027, 0, 2, 3, 4, 5, 1), body: '{}' })
  expect(asked).toEqual([
    {
      path: `POST /schedules/${id}`,
      body: {
        ActionAfterCompletion: 'DELETE',
        ClientToken: expect.any(String),
        FlexibleTimeWindow: { Mode: 'OFF' },
        GroupName: 'shop-all',
        ScheduleExpression: 'at(2027-01-02T03:04:06)',
        ScheduleExpressionTimezone: 'UTC',
        Target: { Arn: timer.arn, RoleArn: timer.role, Input: '{}', DeadLetterConfig: { Arn: `${timer.arn}-dlq` } },
      },
    },
  ])
})

test('one that is overdue, or nearly due, is made a little ahead', async () => {
  for (const at of [now - 86_400_000, now + 1]) await scheduler.schedule({ id, at, body: '{}' })
  expect(asked.map(({ body }) => body.ScheduleExpression)).toEqual(['at(2026-11-23T12:00:10)', 'at(2026-11-23T12:00:10)'])
})

test('one that is there already is made', async () => {
  answer = { status: 409, type: 'ConflictException' }
  await scheduler.schedule({ id, at: now + 3_600_000, body: '{}' })
})

test.each<[number, string, new (...args: never[]) => GavotteError]>([
  [429, 'ThrottlingException', Transient],
  [402, 'ServiceQuotaExceededException', Transient],
  [500, 'InternalServerException', Transient],
  [404, 'ResourceNotFoundException', Misconfigured],
  [403, 'AccessDeniedException', Misconfigured],
  [400, 'ValidationException', Defect],
])('%i %s is told by its fate', async (status, type, fate) => {
  answer = { status, type }
  const scheduling = scheduler.schedule({ id, at: now + 3_600_000, body: '{}' })
  await expect(scheduling).rejects.toBeInstanceOf(fate)
  await expect(scheduling).rejects.toThrow(/CreateSchedule of abab.* in shop-all/)
})
