// The execution environments of one function: new ones while there is room, idle ones again, and taken away when idle for long.

import type { Runtime } from '../runtime/host.ts'
import type { Environment } from './environment.ts'
import type { Stage } from './stage.ts'

/** An environment with the runtime that lives in it. */
export interface Launched {
  readonly environment: Environment
  readonly runtime: Runtime
  /** Whether its code has been replaced: it gets no more invocations. */
  readonly outdated: () => boolean
}

export interface Pool {
  /** Whether an invocation is under way, as Lambda sees it. */
  readonly isBusy: () => boolean
  readonly hasRoom: () => boolean
  /** An idle environment or a new one; only while there is room. */
  readonly acquire: () => Launched
}

export interface PoolOptions {
  readonly name: string
  /** At once, at least 1. */
  readonly environmentsMax: number
  readonly launch: (number: number) => Launched
}

/** An idle environment is taken rather than a new one this often, while there is room for a new one. */
const reuse = 0.8

export const createPool = ({ faults, calls, ...stage }: Stage, { name, environmentsMax, launch }: PoolOptions): Pool => {
  const random = stage.random.stream(`pool ${name}`)
  let pool: Launched[] = []
  let launched = 0
  let last: Launched | undefined
  const isIdle = ({ environment }: Launched): boolean => environment.state() === 'idle'
  const recycle = (): void => {
    for (const { environment } of pool.filter(isIdle))
      if (faults.strikes('recycle', environment.name)) environment.kill('recycled')
  }
  const warmest = (idle: readonly Launched[]): Launched => (last !== undefined && idle.includes(last) ? last : random.pick(idle))
  const fresh = (): Launched => {
    launched += 1
    calls.coldStarts += 1
    const launchedNow = launch(launched)
    pool.push(launchedNow)
    return launchedNow
  }
  return {
    isBusy: () => pool.some(({ environment }) => environment.state() === 'busy'),
    hasRoom: () => {
      pool = pool.filter(({ environment }) => environment.state() !== 'gone')
      return pool.length < environmentsMax || pool.some(isIdle)
    },
    acquire: () => {
      recycle()
      for (const { environment, outdated } of pool.filter(isIdle)) if (outdated()) environment.kill('recycled')
      pool = pool.filter(({ environment }) => environment.state() !== 'gone')
      const astray = last !== undefined && isIdle(last) && faults.strikes('staleCache', name)
      const idle = pool.filter((one) => isIdle(one) && !(astray && one === last))
      const mayLaunch = pool.length < environmentsMax
      if (idle.length === 0 && !mayLaunch) return last as Launched
      last = idle.length > 0 && (!mayLaunch || random.chance(reuse)) ? warmest(idle) : fresh()
      return last
    },
  }
}
