// The operator's API on the app that a command means.
import { existsSync } from 'node:fs'
import { type FailedMessage, type FailedName, type Operator, operate } from '../aws/index.ts'
import type { Contract } from '../core/contract.ts'
import { address } from '../core/names.ts'
import { loadApp } from './app-file.ts'
import { UsageError } from './failure.ts'
import { appFileDefault, reaching, type Target, type TargetOptions, targetOf } from './target.ts'
import type { Terminal } from './terminal.ts'

/** Which failed messages; times are ms since 1970. */
export interface FilterOptions {
  readonly process?: string
  readonly instance?: string
  readonly code?: string
  readonly type?: string
  readonly since?: number
  readonly until?: number
}

/** Runs what needs an operator. The app file names the processes; without one they are found by their tables. */
export const operating = async <T>(
  options: TargetOptions,
  { env }: Terminal,
  act: (operator: Operator) => Promise<T>,
): Promise<T> => {
  const target = await targetOf(options, env)
  const uses = await contractsOf(options, target)
  const operator = operate({ app: target.app, sqs: target.sdk, dynamodb: target.sdk, ...(uses !== undefined && { uses }) })
  try {
    return await reaching(target, () => act(operator))
  } finally {
    await operator.close()
  }
}

// The app file that is there may be another app's.
const contractsOf = async ({ appFile }: TargetOptions, target: Target): Promise<readonly Contract[] | undefined> => {
  if (appFile === undefined && !existsSync(appFileDefault)) return undefined
  const { name, processes } = await loadApp(appFile ?? appFileDefault)
  return appFile === undefined && name !== target.app ? undefined : processes.map(({ contract }) => contract)
}

/** What a filter finds, in the order in which it failed. */
export const findFailed = async (operator: Operator, filter: FilterOptions): Promise<readonly FailedMessage[]> => {
  if (filter.instance !== undefined && filter.process === undefined)
    throw new UsageError('--instance is of a process: name it with --process')
  const { process, instance, code, type, since, until } = filter
  const found = await Array.fromAsync(
    operator.failed({
      ...(process !== undefined && { process }),
      ...(instance !== undefined && { instance }),
      ...(code !== undefined && { code }),
      ...(type !== undefined && { type }),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
    }),
  )
  return found.sort(earlier)
}

// What one sender sent in the same batch failed in the same millisecond: ids count up in the order of sending.
const numbers = new Intl.Collator('en', { numeric: true })
/** Compares by when they failed. */
export const earlier = (a: FailedMessage, b: FailedMessage): number => a.at - b.at || numbers.compare(a.id, b.id)

export const addressOf = ({ process, instance }: FailedName): string => address(process, instance)

export const isoOf = (ms: number): string => new Date(ms).toISOString()
