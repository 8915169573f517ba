// A clock that stands until a test turns it.
import type { Clock } from '../../lib/ports/host.ts'

/** Lets everything go on that waits for no clock. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 10; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** It begins at a million ms since 1970. */
export const handClock = () => {
  let now = 1_000_000
  const alarms = new Set<{ readonly at: number; readonly ring: () => void }>()
  const clock: Clock = {
    now: () => now,
    after: (ms) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const alarm = { at: now + ms, ring: resolve }
      if (ms <= 0) resolve()
      else alarms.add(alarm)
      return { elapsed: promise, cancel: () => alarms.delete(alarm) }
    },
  }
  const turn = async (ms: number): Promise<void> => {
    await settle()
    const end = now + ms
    for (;;) {
      const [next] = [...alarms].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)
      if (next === undefined) break
      alarms.delete(next)
      now = next.at
      next.ring()
      await settle()
    }
    now = end
    await settle()
  }
  return { clock, turn, alarms }
}
