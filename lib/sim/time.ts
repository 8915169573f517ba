// Virtual time: a heap of events, run in order of their time, with every promise settled between one event and the next.
import { nextTick } from 'node:process'

/** How a run of the scheduler ended: nothing is left to happen, its bound was reached, or it was told to stop. */
export type Ending = 'quiet' | 'time' | 'events' | 'stopped'

export interface Bound {
  /** Events up to this time, ms since 1970. */
  readonly until: number
  readonly eventsMax: number
  /** Asked before each event. */
  readonly stop?: () => boolean
}

export interface Time {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Runs `act` after `ms` of virtual time; events of one time run in the order in which they were set. */
  readonly after: (ms: number, act: () => void) => void
  /** As `after`, at a time; at once if it has passed. */
  readonly at: (time: number, act: () => void) => void
  /** Runs until nothing is left, or until the next event lies past `until`, or `eventsMax` events have run, or it is told to stop. */
  readonly run: (bound: Bound) => Promise<Ending>
  /** Events run so far. */
  readonly events: () => number
}

interface Event {
  readonly time: number
  readonly order: number
  readonly act: () => void
}

// The event loop gets a turn this often, so that the process stays alive to signals and timers.
const eventsPerTurn = 4096
const settled = Promise.resolve()

/** @param start milliseconds since 1970 */
export const createTime = (start: number): Time => {
  const heap: Event[] = []
  let now = start
  let order = 0
  let ran = 0

  const at = (time: number, act: () => void): void => {
    order += 1
    push(heap, { time: Math.max(time, now), order, act })
  }

  const nextUntil = (until: number, last: number): Event | Ending => {
    const first = heap[0]
    if (first === undefined) return 'quiet'
    if (first.time > until) return 'time'
    return ran >= last ? 'events' : first
  }

  const run = ({ until, eventsMax, stop }: Bound): Promise<Ending> =>
    new Promise((resolve, reject) => {
      const last = ran + eventsMax
      const step = (): void => {
        const next = stop?.() ? 'stopped' : nextUntil(until, last)
        if (typeof next === 'string') return resolve(next)
        pop(heap)
        now = next.time
        ran += 1
        try {
          next.act()
        } catch (thrown) {
          return reject(thrown)
        }
        // Node runs a tick only when no microtask is left: a tick set from a microtask comes after all that the event settled.
        if (ran % eventsPerTurn === 0) setImmediate(step)
        else void settled.then(again)
      }
      const again = (): void => nextTick(step)
      again()
    })

  return { now: () => now, after: (ms, act) => at(now + ms, act), at, run, events: () => ran }
}

const earlier = (a: Event, b: Event): boolean => a.time < b.time || (a.time === b.time && a.order < b.order)

const push = (heap: Event[], event: Event): void => {
  let child = heap.length
  heap.push(event)
  while (child > 0) {
    const parent = (child - 1) >> 1
    const above = heap[parent] as Event
    if (!earlier(event, above)) break
    heap[child] = above
    child = parent
  }
  heap[child] = event
}

const pop = (heap: Event[]): void => {
  const event = heap.pop() as Event
  const { length } = heap
  if (length === 0) return
  let parent = 0
  for (;;) {
    let child = 2 * parent + 1
    if (child >= length) break
    if (child + 1 < length && earlier(heap[child + 1] as Event, heap[child] as Event)) child += 1
    const below = heap[child] as Event
    if (!earlier(below, event)) break
    heap[parent] = below
    parent = child
  }
  heap[parent] = event
}
