// How long a returned message stays hidden.
import { Defect } from './errors.ts'

export const backoffSecondsMax = 900

/**
 * Chooses how long a failed message stays hidden.
 * @param attempt tries so far, integer ≥ 1
 * @param dice uniform in [0, 1); passed in, so that simulations agree
 * @returns delay in whole seconds, 1 ≤ d ≤ `backoffSecondsMax`
 * @throws Defect if attempt < 1
 * Source: "Exponential backoff and jitter" (AWS Architecture Blog), equal jitter: half the delay is certain, the other half spreads.
 */
export const backoffSeconds = (attempt: number, dice: number): number => {
  if (!(attempt >= 1)) throw new Defect('illegal-attempt', `attempt ${attempt}: attempts count from 1`)
  const ceiling = Math.min(backoffSecondsMax, 2 ** Math.min(attempt, 30))
  return Math.max(1, Math.round(ceiling / 2 + (ceiling / 2) * dice))
}

/**
 * How long a message stays hidden that is delayed and has not failed. SQS gives a message up after 1,000 receives and forgets it after seven
 * days: one that came 300 times comes as rarely as can be, so that its receives outlast the days.
 * @param waitMs until it has a chance
 * @param receiveCount of this delivery, from 1
 * @returns whole seconds, 1 ≤ d ≤ `backoffSecondsMax`
 */
export const delaySeconds = (waitMs: number, receiveCount: number): number =>
  receiveCount > 300 ? backoffSecondsMax : Math.min(backoffSecondsMax, Math.max(1, Math.ceil(waitMs / 1000)))
