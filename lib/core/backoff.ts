// How long a returned message stays hidden.
import type { Deployment } from './definition.ts'
import { Defect } from './errors.ts'

export const backoffSecondsMax = 900

type Timing = Pick<Deployment, 'timeoutSeconds' | 'windowSeconds'>

/**
 * How long a queue hides what a function has received, seconds.
 * Source: "Creating and configuring an Amazon SQS event source mapping" (AWS Lambda Developer Guide): six times the timeout of the function,
 * plus the batch window.
 */
export const visibilitySecondsOf = ({ timeoutSeconds, windowSeconds }: Timing): number => 6 * timeoutSeconds + windowSeconds

/**
 * Chooses how long a failed message stays hidden.
 * @param attempt tries so far, integer ≥ 1
 * @param dice uniform in [0, 1); passed in, so that simulations agree
 * @returns delay in whole seconds, 1 ≤ d ≤ `secondsMax`
 * @throws Defect if attempt < 1
 * Source: "Exponential backoff and jitter" (AWS Architecture Blog), equal jitter: half the delay is certain, the other half spreads.
 */
export const backoffSeconds = (attempt: number, dice: number, secondsMax = backoffSecondsMax): number => {
  if (!(attempt >= 1)) throw new Defect('illegal-attempt', `attempt ${attempt}: attempts count from 1`)
  const ceiling = Math.min(secondsMax, 2 ** Math.min(attempt, 30))
  return Math.max(1, Math.round(ceiling / 2 + (ceiling / 2) * dice))
}

// SQS gives a message up after 1,000 receives and forgets it after seven days: one that came so often comes as rarely as can be, so that
// its receives outlast the days.
const isRare = (receiveCount: number): boolean => receiveCount > 300

/**
 * How long a message stays hidden that came in vain through no fault of its own (a table or a queue that was down, a lost race): no longer
 * than one whose environment died, so that once trouble has passed all is done within twice the visibility timeout.
 * @param receiveCount of this delivery, from 1
 * @returns whole seconds, 1 ≤ d ≤ `backoffSecondsMax`
 */
export const vainSeconds = (receiveCount: number, dice: number, timing: Timing): number =>
  isRare(receiveCount)
    ? backoffSecondsMax
    : backoffSeconds(receiveCount, dice, Math.min(backoffSecondsMax, visibilitySecondsOf(timing)))

/**
 * How long a message stays hidden that is delayed and has not failed.
 * @param waitMs until it has a chance
 * @param receiveCount of this delivery, from 1
 * @returns whole seconds, 1 ≤ d ≤ `backoffSecondsMax`
 */
export const delaySeconds = (waitMs: number, receiveCount: number): number =>
  isRare(receiveCount) ? backoffSecondsMax : Math.min(backoffSecondsMax, Math.max(1, Math.ceil(waitMs / 1000)))
