// Waiting no longer than there is time.
import type { Host } from './host.ts'

/** Waits for what a handler awaits, until its time is over. @throws Error then */
export const beforeDeadline = async <T>(
  running: Promise<T>,
  { clock }: Host,
  deadline: number,
  what: string,
  end = "the function's timeout: raise timeoutSeconds, or await less",
): Promise<T> => {
  const timer = clock.after(Math.max(0, deadline - clock.now()))
  const late = timer.elapsed.then(() => {
    throw new Error(`${what} did not come to its end before ${end}`)
  })
  running.catch(() => {})
  try {
    return await Promise.race([running, late])
  } finally {
    timer.cancel()
  }
}
