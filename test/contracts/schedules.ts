// Looks a schedule up on whatever speaks EventBridge Scheduler's protocol.
import { GetScheduleCommand, ResourceNotFoundException, type SchedulerClient } from '@aws-sdk/client-scheduler'
import type { SchedulerUnderTest } from './scheduler.ts'

export const findSchedule =
  (client: SchedulerClient, GroupName: string): SchedulerUnderTest['find'] =>
  async (Name) => {
    try {
      const { ScheduleExpression = '', Target } = await client.send(new GetScheduleCommand({ Name, GroupName }))
      return { at: Date.parse(`${ScheduleExpression.slice('at('.length, -1)}Z`), body: Target?.Input ?? '' }
    } catch (thrown) {
      if (thrown instanceof ResourceNotFoundException) return undefined
      throw thrown
    }
  }
