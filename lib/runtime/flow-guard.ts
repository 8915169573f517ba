// Finds what a flow must not do: ask the clock or chance of the machine, which say something else when it runs again.
//
// It replaces globals, so it is for development: the local cloud and the simulator install it, a deployed function does not.
import { AsyncLocalStorage } from 'node:async_hooks'
import { Rejected } from '../core/errors.ts'

const flow = new AsyncLocalStorage<boolean>()

/** Runs the code of a flow. */
export const inFlow = <T>(run: () => T): T => flow.run(true, run)
/** Runs what the framework does on a flow's behalf. */
export const outsideFlow = <T>(run: () => T): T => flow.run(false, run)

let guarded = false

/** From now on `Date.now`, `new Date()`, `Math.random` and `crypto.randomUUID` throw in flows, with the line that calls them. */
export const guardFlows = (): void => {
  if (guarded) return
  guarded = true
  const forbid = (what: string, instead: string): void => {
    if (flow.getStore() !== true) return
    const line = new Error().stack?.split('\n')[3]?.trim() ?? ''
    throw new Rejected(
      'not-deterministic',
      `${what} in a flow ${line}: it differs when the flow runs again; use ${instead}, or ctx.step`,
    )
  }
  const { now } = Date
  const { random } = Math
  const randomUUID = crypto.randomUUID.bind(crypto)
  globalThis.Date = new Proxy(Date, {
    construct: (target, args, newTarget) => {
      if (args.length === 0) forbid('new Date()', 'ctx.now')
      return Reflect.construct(target, args, newTarget) as Date
    },
  })
  Date.now = () => {
    forbid('Date.now()', 'ctx.now')
    return now()
  }
  Math.random = () => {
    forbid('Math.random()', 'ctx.random()')
    return random()
  }
  crypto.randomUUID = () => {
    forbid('crypto.randomUUID()', 'ctx.newId()')
    return randomUUID()
  }
}
