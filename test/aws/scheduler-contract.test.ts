import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { EventBridgeScheduler } from '../../lib/aws/scheduler.ts'
import { type SchedulerUnderTest, schedulerClaims } from '../contracts/scheduler.ts'
import { findSchedule } from '../contracts/schedules.ts'
import { startScheduler } from './scheduler-server.ts'

schedulerClaims('EventBridgeScheduler', async (): Promise<SchedulerUnderTest> => {
  const group = 'shop-local'
  const server = await startScheduler(group)
  const client = new SchedulerClient(server.config)
  const timer = {
    queue: 'http://127.0.0.1/000000000000/shop-order-timer',
    arn: 'arn:aws:sqs:us-east-1:000000000000:shop-order-timer',
    role: 'arn:aws:iam::000000000000:role/shop-order-timer',
    group,
  }
  // A clock that is behind: the adapter keeps ten seconds away from the past, which nobody wants to wait for.
  const scheduler = new EventBridgeScheduler({ timer, clock: { now: () => Date.now() - 10_000 }, config: server.config })
  return {
    scheduler,
    patienceMs: 10_000,
    find: findSchedule(client, group),
    arrived: async () => server.sent.splice(0).map(([, body]) => body),
    close: async () => {
      scheduler.destroy()
      client.destroy()
      await server.close()
    },
  }
})
