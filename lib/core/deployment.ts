// Whether the settings of a process or a web function are ones that AWS takes. Asked where an app is put together, so that functions need not carry it.
import type { Deployment } from './definition.ts'
import { Misconfigured } from './errors.ts'
import { bucketOf, type Limit } from './limit.ts'
import type { WebDeployment } from './web.ts'

// CloudWatch Logs, PutRetentionPolicy: the only periods that it takes.
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const

/** @throws Misconfigured naming the first setting of process `name` that is out of range */
export const checkDeployment = (name: string, deploy: Deployment): void => {
  const { mailbox, batch, windowSeconds } = deploy
  const batchMost = mailbox === 'ordered' ? 10 : 10_000
  checkRanges(name, [
    ['attempts', deploy.attempts, 1, 100, ''],
    ['concurrency', deploy.concurrency ?? 2, 2, 1000, ' (Lambda)'],
    ['batch', batch, 1, batchMost, ` on an ${mailbox} mailbox (Lambda)`],
    ['windowSeconds', windowSeconds, 0, 300, ' (Lambda)'],
    ['shards', deploy.shards, 1, 50, ''],
  ])
  checkFunction(name, deploy)
  const fault = (what: string): Misconfigured => new Misconfigured('illegal-setting', `${name}: ${what}`)
  if (mailbox === 'ordered' && windowSeconds > 0)
    throw fault('windowSeconds needs an unordered mailbox: FIFO queues have no window (Lambda)')
  if (batch > 10 && windowSeconds === 0) throw fault(`a batch of ${batch} needs windowSeconds of at least 1 (Lambda)`)
}

/** @throws Misconfigured naming the first setting of web function `name` that is out of range */
export const checkWebDeployment = (name: string, deploy: WebDeployment): void => {
  checkRanges(name, [['concurrency', deploy.concurrency ?? 1, 1, 10_000, '']])
  checkFunction(name, deploy)
}

/** What every function has. */
const checkFunction = (
  name: string,
  { timeoutSeconds, memoryMb, logRetentionDays }: Pick<Deployment, 'timeoutSeconds' | 'memoryMb' | 'logRetentionDays'>,
): void => {
  checkRanges(name, [
    ['timeoutSeconds', timeoutSeconds, 1, 900, ' (Lambda)'],
    ['memoryMb', memoryMb, 128, 10_240, ' (Lambda)'],
  ])
  if (retentionDays.some((days) => days === logRetentionDays)) return
  throw new Misconfigured(
    'illegal-setting',
    `${name}: logRetentionDays must be one of ${retentionDays.join(', ')} (CloudWatch Logs)`,
  )
}

type Range = readonly [setting: string, value: number, least: number, most: number, source: string]

const checkRanges = (name: string, ranges: readonly Range[]): void => {
  for (const [setting, value, least, most, source] of ranges) {
    if (Number.isInteger(value) && value >= least && value <= most) continue
    throw new Misconfigured('illegal-setting', `${name}: ${setting} must be ${least} to ${most}${source}`)
  }
}

/** @throws Misconfigured if the limit of process `name` is none that can be kept */
export const checkLimit = (name: string, limit: Limit): void => {
  const { intervalMs, burst } = bucketOf(limit)
  if (!Number.isInteger(burst) || burst < 1)
    throw new Misconfigured('illegal-limit', `${name}: burst must be a whole number, at least 1`)
  // A message over its rate waits on the queue, at most as long as that keeps it.
  if (intervalMs > intervalMsMax)
    throw new Misconfigured('illegal-limit', `${name}: a rate below one message an hour: use a timer for what comes so rarely`)
}

const intervalMsMax = 3_600_000
