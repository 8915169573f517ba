// The REST protocol of EventBridge Scheduler, as the SDK speaks it.
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startScheduler, type TestScheduler } from '../aws/scheduler-server.ts'

let server: TestScheduler
let client: SchedulerClient
beforeAll(async () => {
  server = await startScheduler('all')
  client = new SchedulerClient({ ...server.config, maxAttempts: 1 })
})
afterAll(async () => {
  client.destroy()
  await server.close()
})

const target = {
  Arn: 'arn:aws:sqs:us-east-1:000000000000:desk-timer',
  RoleArn: 'arn:aws:iam::000000000000:role/desk-timer',
  Input: '{"text":"ä😀"}',
}
const input = (Name: string, more: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput => ({
  Name,
  GroupName: 'all',
  ScheduleExpression: 'at(2100-01-02T03:04:05)',
  FlexibleTimeWindow: { Mode: 'OFF' },
  ActionAfterCompletion: 'DELETE',
  Target: target,
  ...more,
})
const GroupName = 'all'

describe('a schedule', () => {
  test('is made, shown as it was made, listed and deleted', async () => {
    const arn = 'arn:aws:scheduler:us-east-1:000000000000:schedule/all/one'
    expect(await client.send(new CreateScheduleCommand(input('one')))).toMatchObject({ ScheduleArn: arn })
    expect(await client.send(new GetScheduleCommand({ Name: 'one', GroupName }))).toMatchObject({
      Arn: arn,
      Name: 'one',
      GroupName,
      State: 'ENABLED',
      ScheduleExpression: 'at(2100-01-02T03:04:05)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: target,
      CreationDate: expect.any(Date),
    })
    const listed = async (more: object) => (await client.send(new ListSchedulesCommand(more))).Schedules?.map(({ Name }) => Name)
    expect([await listed({}), await listed({ GroupName, NamePrefix: 'o' })]).toEqual([['one'], ['one']])
    expect([await listed({ GroupName: 'default' }), await listed({ NamePrefix: 'x' })]).toEqual([[], []])
    await client.send(new DeleteScheduleCommand({ Name: 'one', GroupName }))
    await expect(client.send(new GetScheduleCommand({ Name: 'one', GroupName }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  test('sends when it is due', async () => {
    const at = new Date(Date.now() - 1000).toISOString().slice(0, 19)
    await client.send(new CreateScheduleCommand(input('due', { ScheduleExpression: `at(${at})` })))
    for (let tries = 0; server.sent.length === 0 && tries < 200; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 5))
    expect(server.sent).toEqual([[target.Arn, target.Input]])
  })

  test('of a name that is taken is refused', async () => {
    await client.send(new CreateScheduleCommand(input('twice')))
    await expect(client.send(new CreateScheduleCommand(input('twice')))).rejects.toMatchObject({ name: 'ConflictException' })
  })

  test('is in a group that was made for it', async () => {
    const making = client.send(new CreateScheduleCommand(input('grouped', { GroupName: 'new' })))
    await expect(making).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    await client.send(new CreateScheduleGroupCommand({ Name: 'new' }))
    await client.send(new CreateScheduleCommand(input('grouped', { GroupName: 'new' })))
    await expect(client.send(new CreateScheduleGroupCommand({ Name: 'new' }))).rejects.toMatchObject({
      name: 'ConflictException',
    })
    await client.send(new DeleteScheduleGroupCommand({ Name: 'new' }))
    await expect(client.send(new GetScheduleCommand({ Name: 'grouped', GroupName: 'new' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  test.each<[string, Partial<CreateScheduleCommandInput>]>([
    ['comes again', { ScheduleExpression: 'rate(1 minute)' }],
    ['has no date', { ScheduleExpression: 'at(2100-13-02T03:04:05)' }],
    ['has milliseconds', { ScheduleExpression: 'at(2100-01-02T03:04:05.678)' }],
    ['is not in UTC', { ScheduleExpressionTimezone: 'Europe/Paris' }],
    ['may be late', { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 } }],
    ['is kept when it is done', { ActionAfterCompletion: 'NONE' }],
    ['does not send to a queue', { Target: { ...target, Arn: 'arn:aws:lambda:us-east-1:000000000000:function:one' } }],
    ['has no role', { Target: { ...target, RoleArn: 'me' } }],
    ['has more than 256 KB', { Target: { ...target, Input: 'x'.repeat(256 * 1024 + 1) } }],
    ['has a name that AWS refuses', { Name: 'a name' }],
  ])('is refused if it %s', async (_, more) => {
    await expect(client.send(new CreateScheduleCommand(input('bad', more)))).rejects.toMatchObject({
      name: 'ValidationException',
    })
  })
})

test('what is not done here is refused by name', async () => {
  const response = await fetch(`${server.config.endpoint}/schedules/one`, { method: 'PUT', body: '{}' })
  expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([404, 'UnknownOperationException'])
  const garbled = await fetch(`${server.config.endpoint}/schedules/one`, { method: 'POST', body: '{' })
  expect([garbled.status, garbled.headers.get('x-amzn-errortype')]).toEqual([400, 'SerializationException'])
})

test('each action is counted', () => {
  expect(new Set(server.asked)).toEqual(
    new Set(['CreateSchedule', 'GetSchedule', 'ListSchedules', 'DeleteSchedule', 'CreateScheduleGroup', 'DeleteScheduleGroup']),
  )
})
