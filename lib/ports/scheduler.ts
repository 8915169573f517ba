// Timers too long for a queue's delay: one-time schedules that put a message on the process's own timer queue.

export interface Schedule {
  /** Names the schedule: the same id again is the same schedule, 64 hex digits. */
  readonly id: string
  /** When it is due, ms since 1970. */
  readonly at: number
  /** Body of the queue message. */
  readonly body: string
}

export interface Scheduler {
  /** Makes a schedule that fires once, not before `at` and within a minute of it. One that is there already is left. @throws Refused, Transient */
  schedule(schedule: Schedule): Promise<void>
}
