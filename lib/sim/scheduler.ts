// EventBridge Scheduler as one process uses it: one-time schedules, each of which puts its body on the process's timer queue.
//
// Delivery is at least once: a target that cannot be reached is tried again, and one that was reached may be told twice.
import type { Schedule } from '../ports/scheduler.ts'
import type { Stage } from './stage.ts'

export interface SchedulerModel {
  /**
   * Makes a schedule. One of the same id that has not fired yet is left as it is: CreateSchedule then fails with a ConflictException, which is
   * no failure to whoever asks again.
   * @returns whether it is new
   */
  readonly create: (schedule: Schedule) => boolean
  /** Those that have not fired. */
  readonly waiting: () => Iterable<Schedule>
}

/** Schedule types: "All schedule types on EventBridge Scheduler invoke their targets with 60 second precision." */
const precisionMs = 60_000
/** One that is late, or told twice, is so by at most this. */
const lateMsMax = 900_000
/** Until a target that could not be reached is tried again. */
const retryMs = 30_000

/** @param fire puts the body on the timer queue. @throws Transient while nobody can */
export const createScheduler = (
  { time, random, faults, trace }: Stage,
  process: string,
  fire: (schedule: Schedule) => void,
): SchedulerModel => {
  const chance = random.stream(`scheduler ${process}`)
  const waiting = new Map<string, Schedule>()
  const invoke = (schedule: Schedule): void => {
    try {
      fire(schedule)
    } catch {
      return time.after(retryMs, () => invoke(schedule))
    }
    trace.note('fires', process, schedule.id)
    // Deleting a schedule: with automatic deletion, "for one-time schedules, this occurs after the schedule has invoked its target once."
    waiting.delete(schedule.id)
  }
  return {
    create: (schedule) => {
      if (waiting.has(schedule.id)) return false
      waiting.set(schedule.id, schedule)
      // An at() expression names a second.
      const due = Math.ceil(schedule.at / 1000) * 1000 + chance.int(precisionMs)
      const late = faults.strikes('late', `scheduler ${process}`) ? chance.int(lateMsMax) : 0
      time.at(due + late, () => invoke(schedule))
      if (faults.strikes('duplicate', schedule.id)) {
        faults.bit('duplicate')
        time.at(due + late + chance.int(lateMsMax), () => invoke(schedule))
      }
      return true
    },
    waiting: () => waiting.values(),
  }
}
