// Failures and deploys, on a small app of two processes: what fails is tried again or kept, and a deploy loses nothing.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Client, connect, DynamoStore } from '../../lib/aws/index.ts'
import { dropKept, dynamodb, eventually, receive, schedulesOf, standing } from './aws.ts'
import { deploy, destroy, trialApp } from './cdklocal.ts'
import { Relay, Sink } from './fixtures/trial/contracts.ts'

let client: Client<'relay' | 'sink'>
beforeAll(async () => {
  await deploy(trialApp('first'))
  client = connect({ app: 'trial', uses: [Relay, Sink] })
})
afterAll(async () => {
  await client?.close()
  const { stacks } = await standing('trial')
  if (stacks.length > 0) await destroy(trialApp('first'))
  await dropKept('trial')
})

const relayed = (id: string) => client.view(Relay, id, { consistent: true })
const numbers = async (id: string): Promise<readonly number[]> =>
  (await client.view(Sink, id, { consistent: true }))?.numbers ?? []
const arrived = (id: string, count: number, withinSeconds?: number): Promise<readonly number[]> =>
  eventually(
    () => numbers(id),
    (found) => found.length >= count,
    { ...(withinSeconds !== undefined && { withinSeconds }) },
  )

describe('a handler that throws', () => {
  test('is given the message again until it succeeds, and what it sends goes out once', async () => {
    await client.send(Relay, 'flaky').Pass({ n: 1, failures: 2 })
    await client.send(Relay, 'flaky').Pass({ n: 2 })
    expect(await arrived('flaky', 2)).toEqual([1, 2])
    expect(await relayed('flaky')).toMatchObject({ passed: 2 })
  })

  test('knows which try it is', async () => {
    await client.send(Relay, 'counted').Pass({ n: 1, failures: 1 })
    await arrived('counted', 1)
    expect(await relayed('counted')).toMatchObject({ passed: 1, attempts: 2 })
  })

  test('always, has its message kept with the reason and copied to the dead-letter queue; the next one goes on', async () => {
    await client.send(Relay, 'broken').Pass({ n: 1, failures: 1000 }, { key: 'hopeless' })
    await client.send(Relay, 'broken').Pass({ n: 2 })
    expect(await arrived('broken', 1)).toEqual([2])
    const store = new DynamoStore({ dynamodb, table: 'trial-relay', clock: Date })
    const [kept] = await Array.fromAsync(store.range('broken', 'failed/', 'failed/~'))
    expect(kept?.attributes).toMatchObject({
      id: 'hopeless',
      type: 'Pass',
      code: 'handler-failed',
      attempts: 3,
      reason: expect.stringContaining('try 3 of 1 fails'),
    })
    const letters = await eventually(
      () => receive('trial-relay-dlq.fifo'),
      (found) => found.length > 0,
    )
    expect(letters).toMatchObject([
      {
        Attributes: { MessageGroupId: 'broken' },
        MessageAttributes: {
          reason: { StringValue: 'handler-failed' },
          error: { StringValue: expect.stringContaining('try 3 of 1 fails') },
          attempts: { StringValue: '3' },
          id: { StringValue: 'hopeless' },
          trace: { StringValue: 'hopeless' },
        },
      },
    ])
    expect(JSON.parse(letters[0]?.Body ?? '')).toMatchObject({ to: 'broken', type: 'Pass', body: { n: 1, failures: 1000 } })
  })
})

describe('timers and calls', () => {
  test('a timer comes at its time', async () => {
    await client.send(Sink, 'timed').Later({ n: 1, seconds: 3 })
    await client.send(Sink, 'timed').Add({ n: 2 })
    expect(await arrived('timed', 2)).toEqual([2, 1])
  })

  test('a timer beyond 15 minutes is a schedule of the node’s group, for the timer queue', async () => {
    const due = Date.now() + 3_600_000
    await client.send(Sink, 'scheduled').Later({ n: 1, seconds: 3600 })
    const [schedule] = await eventually(
      () => schedulesOf('trial-all'),
      (found) => found.length > 0,
    )
    expect(schedule).toMatchObject({
      Name: expect.stringMatching(/^[0-9a-f]{64}$/),
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: expect.stringMatching(/:trial-sink-timer$/),
        RoleArn: expect.stringMatching(/:role\/trial-sink-timer-us-east-1$/),
      },
    })
    const at = Date.parse(`${schedule?.ScheduleExpression?.slice(3, -1)}Z`)
    expect(at).toBeGreaterThan(due - 60_000)
    expect(at).toBeLessThan(due + 120_000)
    expect(JSON.parse(schedule?.Target?.Input ?? '')).toMatchObject({ to: 'scheduled', type: 'Due', body: { n: 1 } })
  })

  test('a request on the queue is answered on the queue', async () => {
    await client.send(Relay, 'asking').Pass({ n: 7 })
    await arrived('asking', 1)
    await client.send(Relay, 'asking').Ask()
    expect(await arrived('asking', 2)).toEqual([7, 1])
  })

  test('a direct call is answered while the caller waits, and under its key again', async () => {
    await client.send(Sink, 'called').Add({ n: 7 })
    await arrived('called', 1)
    expect(await client.call(Sink, 'called').Count({}, { key: 'call-1' })).toEqual({ count: 1 })
    expect(await client.call(Sink, 'called').Count({}, { key: 'call-1' })).toEqual({ count: 1 })
  })
})

describe('a deploy with messages in flight', () => {
  const ids = ['a', 'b', 'c', 'd']

  test(
    'brings new code and grown state, loses none, applies none twice and keeps the order',
    async () => {
      const deploying = deploy(trialApp('second')).then(() => 'deployed' as const)
      let sent = 0
      const sending = async (): Promise<'sending'> => {
        sent += 1
        await Promise.all(ids.map((id) => client.send(Relay, id).Pass({ n: sent })))
        await sleep(250)
        return 'sending'
      }
      while ((await Promise.race([deploying, sending()])) === 'sending');
      for (let after = 0; after < 8; after++) await sending()
      const all = Array.from({ length: sent }, (_, n) => n + 1)
      for (const id of ids) {
        expect(await arrived(id, sent, 180)).toEqual(all)
        const view = await relayed(id)
        expect(view).toMatchObject({ passed: sent })
        expect(view?.bySecond).toBeGreaterThan(0)
        expect(view?.bySecond).toBeLessThan(sent)
      }
      // A message that came twice would have come by now.
      await sleep(5000)
      for (const id of ids) expect(await numbers(id)).toEqual(all)
    },
    20 * 60_000,
  )

  test('leaves nothing behind when it is destroyed but its tables and schedules, which the policy Retain keeps', async () => {
    await destroy(trialApp('second'))
    expect(await standing('trial')).toEqual({
      stacks: [],
      functions: [],
      mappings: [],
      queues: [],
      tables: ['trial-relay', 'trial-sink'],
      scheduleGroups: ['trial-all'],
    })
  })
})
