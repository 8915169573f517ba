// Circuit breakers: whether a service outside is worth a call now, from how the last calls came out.
//
// Closed: calls go through. After `failures` in a row it opens: nothing goes through. After the cooldown one call tries, and says whether
// it closes. What it is made of is data; how it stands, each environment learns for itself.
import { type Duration, milliseconds } from './duration.ts'
import { Unavailable } from './errors.ts'

export interface BreakerOptions {
  /** Failures in a row that open it. Default 5. */
  readonly failures?: number
  /** Older failures do not count. Default `1m`. */
  readonly within?: Duration
  /** How long it stays open before a call tries. Default `30s`. */
  readonly cooldown?: Duration
  /** A call that takes longer has failed. Default `10s`. */
  readonly timeout?: Duration
}

/** What a breaker is, as data. */
export interface BreakerSettings {
  readonly name: string
  readonly failures: number
  readonly withinMs: number
  readonly cooldownMs: number
  readonly timeoutMs: number
}
/** A breaker that calls go through. */
export interface Breaker extends BreakerSettings {
  /** What lets them through; known to the runtime. */
  readonly through: object
}

/** @throws Misconfigured if a duration is none */
export const breakerSettings = (
  name: string,
  { failures = 5, within = '1m', cooldown = '30s', timeout = '10s' }: BreakerOptions,
): BreakerSettings => ({
  name,
  failures,
  withinMs: milliseconds(within),
  cooldownMs: milliseconds(cooldown),
  timeoutMs: milliseconds(timeout),
})

/** How a breaker stands in one environment. */
export interface Circuit {
  /** When calls failed, since the last that did not; ms since 1970. */
  failures: readonly number[]
  /** Undefined while it is closed. */
  openUntil: number | undefined
  /** A call tries whether the service is back. */
  probing: boolean
}

export const closedCircuit = (): Circuit => ({ failures: [], openUntil: undefined, probing: false })

/** While one call tries, others ask again so soon. */
const probedMs = 2000

/**
 * Lets a call through, or not.
 * @returns whether this call tries for all
 * @throws Unavailable while the breaker is open
 */
export const enter = (circuit: Circuit, { name, cooldownMs }: BreakerSettings, now: number): boolean => {
  if (circuit.openUntil === undefined) return false
  const afterMs = circuit.probing ? Math.min(probedMs, cooldownMs) : circuit.openUntil - now
  if (afterMs > 0)
    throw new Unavailable('unavailable', `${name} failed too often: it is asked again in ${afterMs} ms`, { afterMs })
  circuit.probing = true
  return true
}

/** The service has answered. */
export const answered = (circuit: Circuit, probe: boolean): void => {
  // One that was let through before it opened says nothing of now.
  if (circuit.openUntil === undefined || probe) Object.assign(circuit, closedCircuit())
}

/** Nothing was learned. */
export const undecided = (circuit: Circuit, probe: boolean): void => {
  if (probe) circuit.probing = false
}

/** The service has failed. @returns whether the breaker is open now: then it is the service's fault and not the message's */
export const failed = (
  circuit: Circuit,
  { failures, withinMs, cooldownMs }: BreakerSettings,
  probe: boolean,
  now: number,
): boolean => {
  if (circuit.openUntil === undefined) {
    circuit.failures = [...circuit.failures.filter((at) => at > now - withinMs), now]
    if (circuit.failures.length < failures) return false
    circuit.openUntil = now + cooldownMs
  } else if (probe) {
    circuit.openUntil = now + cooldownMs
    circuit.probing = false
  }
  return true
}
