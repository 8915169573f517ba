// Long timers on EventBridge Scheduler (port `Scheduler`): one-time schedules whose target is the process's own timer queue.
import { ConflictException, CreateScheduleCommand, SchedulerClient, type SchedulerClientConfig } from '@aws-sdk/client-scheduler'
import type { Clock } from '../ports/host.ts'
import type { Schedule, Scheduler } from '../ports/scheduler.ts'
import { calling } from './errors.ts'
import type { TimerRoute } from './routes.ts'
import { sdkDefaults } from './sdk.ts'

/** A schedule is made this far ahead at least: one that an outage has overtaken must not name a time that is past when it is read. */
const aheadMsMin = 10_000

export interface EventBridgeSchedulerOptions {
  readonly timer: TimerRoute
  /** Tells what is past. */
  readonly clock: Pick<Clock, 'now'>
  /** Configuration of the SDK's client. */
  readonly config?: SchedulerClientConfig
}

export class EventBridgeScheduler implements Scheduler {
  readonly #timer: TimerRoute
  readonly #clock: Pick<Clock, 'now'>
  readonly #config: SchedulerClientConfig
  /** Most environments never schedule anything, so none pays for a client before it does. */
  #client: SchedulerClient | undefined

  constructor({ timer, clock, config = {} }: EventBridgeSchedulerOptions) {
    this.#timer = timer
    this.#clock = clock
    this.#config = config
  }

  async schedule({ id, at, body }: Schedule): Promise<void> {
    this.#client ??= new SchedulerClient({ ...sdkDefaults, ...this.#config })
    const client = this.#client
    const command = new CreateScheduleCommand({
      // CreateSchedule, Name: "Pattern: ^[0-9a-zA-Z-_.]+$", "Maximum length of 64".
      Name: id,
      GroupName: this.#timer.group,
      ScheduleExpression: expressionOf(Math.max(at, this.#clock.now() + aheadMsMin)),
      ScheduleExpressionTimezone: 'UTC',
      // User Guide, Schedule types: "if you set your schedule to run at 1:00, it will invoke the target API between 1:00:00 and 1:00:59,
      // assuming that a flexible time window is not set."
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      // "The maximum size of the Input field is 256 KB."
      Target: {
        Arn: this.#timer.arn,
        RoleArn: this.#timer.role,
        Input: body,
        // What Scheduler gives up (after a day of tries) must lie where an alarm stands.
        DeadLetterConfig: { Arn: `${this.#timer.arn}-dlq` },
      },
    })
    await calling(`CreateSchedule of ${id} in ${this.#timer.group}`, async () => {
      try {
        await client.send(command)
      } catch (thrown) {
        // The same id is the same schedule: an earlier try made it.
        if (!(thrown instanceof ConflictException)) throw thrown
      }
    })
  }

  destroy(): void {
    this.#client?.destroy()
  }
}

/** `at(yyyy-mm-ddThh:mm:ss)`, rounded up: never before it is due. */
const expressionOf = (at: number): string => `at(${new Date(Math.ceil(at / 1000) * 1000).toISOString().slice(0, 19)})`
