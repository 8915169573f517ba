// One try of a flow's step: what comes of it, or when it is tried again.
import { describeError, GavotteError, Rejected, Transient, Unavailable } from '../core/errors.ts'
import type { FlowEvent } from '../core/journal.ts'
import { copied } from './context.ts'
import { beforeDeadline } from './deadline.ts'
import type { Work } from './flow-operation.ts'
import type { Host } from './host.ts'
import { throughOf } from './outside.ts'

export interface Try {
  readonly instance: string
  readonly op: number
  readonly label: string
  /** The same on every try. */
  readonly key: string
  /** Tries that failed before. */
  readonly tried: number
  /** ms since 1970. */
  readonly deadline: number
  /** Too many invocations have died over the flow. */
  readonly exhausted: boolean
}

export type Tried =
  | { readonly kind: 'came'; readonly event: FlowEvent }
  /** `tried`: tries that count. */
  | { readonly kind: 'later'; readonly tried: number; readonly delayMs: number }

export const tryStep = async (
  host: Host,
  work: Work,
  { instance, op, label, key, tried, deadline, exhausted }: Try,
): Promise<Tried> => {
  const came = (
    what: { readonly value?: unknown } | { readonly error: { readonly code: string; readonly message: string } },
  ): Tried => ({
    kind: 'came',
    event: { op, at: host.clock.now(), ...what },
  })
  try {
    if (exhausted)
      throw new Rejected('handler-died', `the function ended each time it did ${label} (memory, timeout or exit): see its log`)
    const { breaker } = work
    const run = () => work.run(key)
    const running = breaker === undefined ? Promise.resolve(run()) : throughOf(breaker)(host, breaker, run, deadline)
    const value = await beforeDeadline(running, host, deadline, label)
    return came(value !== undefined ? { value: copied(value, label).body } : {})
  } catch (thrown) {
    // Of what was not tried, or for nobody's fault, no try is counted; that it is listed says that its timer is for a step.
    const isForeign = thrown instanceof Unavailable || (work.ours === true && thrown instanceof Transient)
    if (isForeign) return { kind: 'later', tried, delayMs: thrown.afterMs ?? work.delayMs }
    const { message } = describeError(thrown)
    host.log.write('warn', 'a step failed', { instance, step: label, attempt: tried + 1, error: message })
    if (!(thrown instanceof Rejected) && tried + 1 < work.attempts)
      return { kind: 'later', tried: tried + 1, delayMs: work.delayMs * 2 ** tried }
    return came({ error: { code: thrown instanceof GavotteError ? thrown.code : 'step-failed', message } })
  }
}
