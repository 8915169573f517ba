// Calls to services outside, through the breakers of this environment. Processes without breakers bundle nothing of it.
import {
  answered,
  type Breaker,
  type BreakerOptions,
  breakerSettings,
  type Circuit,
  closedCircuit,
  enter,
  failed,
  undecided,
} from '../core/breaker.ts'
import { describeError, GavotteError, Transient, Unavailable } from '../core/errors.ts'
import { beforeDeadline } from './deadline.ts'
import type { Host } from './host.ts'

type Through = (host: Host, breaker: Breaker, work: () => unknown, deadline: number) => Promise<unknown>

/**
 * Declares a breaker: `const psp = breaker('psp', { failures: 5, within: '10s', cooldown: '30s' })`. Handlers call through it by
 * `ctx.outside(psp, () => fetch(…))`, steps of flows by `ctx.step(name, work, { breaker: psp })`.
 * @param name of the service: breakers of one name and one environment are one
 * @throws Misconfigured if a duration is none
 */
export const breaker = (name: string, options: BreakerOptions = {}): Breaker => ({
  ...breakerSettings(name, options),
  through: callOutside,
})

export const throughOf = ({ through }: Breaker): Through => through as Through

/** By environment and name. */
const circuits = new WeakMap<Host, Map<string, Circuit>>()

const circuitOf = (host: Host, { name }: Breaker): Circuit => {
  const own = circuits.get(host) ?? new Map<string, Circuit>()
  circuits.set(host, own)
  const circuit = own.get(name) ?? closedCircuit()
  own.set(name, circuit)
  return circuit
}

/** The call must have come to its end before its handler's time is over, or nobody would learn how it came out. */
const reserveMs = 100

/**
 * Calls a service. What the framework throws, or a handler in its words, is none of the service's failures: `Rejected` and `CallFailed` are
 * answers of it, `Transient` says nothing.
 * @param deadline ms since 1970
 * @throws Unavailable while the breaker is open, and for the call that opens it; else what `work` throws
 */
const callOutside: Through = async (host, breaker, work, deadline) => {
  const { clock } = host
  const circuit = circuitOf(host, breaker)
  const probe = enter(circuit, breaker, clock.now())
  try {
    const until = Math.min(clock.now() + breaker.timeoutMs, deadline - reserveMs)
    const running = (async () => work())()
    const value = await beforeDeadline(running, host, until, `the call of ${breaker.name}`, 'its time was over')
    answered(circuit, probe)
    return value
  } catch (thrown) {
    if (thrown instanceof Transient) undecided(circuit, probe)
    else if (thrown instanceof GavotteError) answered(circuit, probe)
    else if (failed(circuit, breaker, probe, clock.now())) {
      const { message } = describeError(thrown)
      throw new Unavailable('unavailable', `${breaker.name} is down: ${message}`, { afterMs: breaker.cooldownMs, cause: thrown })
    }
    throw thrown
  }
}
