// Turns at the time of a world: it runs for one at a time, and by itself for what somebody waits for.
import type { Time } from './time.ts'

/** A world that has run so many events in one turn never comes to rest. */
export const eventsMax = 5_000_000

/** Time runs for one at a time; for what somebody waits for it runs by itself. */
export interface Turns {
  readonly take: (run: () => Promise<void>) => Promise<void>
  readonly untilSettled: <T>(awaited: Promise<T>) => Promise<T>
}

export const createTurns = (time: Time): Turns => {
  let last = Promise.resolve()
  let waiting = 0
  let open = 0
  // Whoever lets time go on does so at once: only what is left after that runs by itself.
  const goOn = (): void => {
    if (open === 0) return
    setImmediate(() => {
      if (open === 0 || waiting > 0) return
      const before = open
      const stop = (): boolean => open < before || waiting > 1
      void take(async () => void (await time.run({ until: Number.POSITIVE_INFINITY, eventsMax, stop })))
    })
  }
  const take = async (run: () => Promise<void>): Promise<void> => {
    waiting += 1
    const turn = last.then(run)
    last = turn.catch(() => {})
    try {
      await turn
    } finally {
      waiting -= 1
      goOn()
    }
  }
  return {
    take,
    untilSettled: async (awaited) => {
      open += 1
      goOn()
      try {
        return await awaited
      } finally {
        open -= 1
      }
    },
  }
}
