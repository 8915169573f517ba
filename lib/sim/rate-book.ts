// The book of rates: how fast the messages of one key were handled, against the limit of their process.
//
// A rate that each instance has for itself is exact. One that instances share may be passed by what an environment had in hand: the rest
// of a block that it took before, and where it stood still, the batch that had its tokens already.
import type { Process } from '../core/definition.ts'
import { type Bucket, blockOf, bucketOf, limitedBy } from '../core/limit.ts'
import { batchEntriesMax } from '../core/limits.ts'

/** A handler's run that took a token, if a commit holds it. */
interface Run {
  readonly number: number
  readonly at: number
  readonly environment: string
}

interface Line {
  readonly what: string
  readonly bucket: Bucket
  /** What one environment may have in hand. */
  readonly inHand: number
  readonly runs: Run[]
}

export interface RateBook {
  /** A handler begins. `number`: of its run. */
  readonly began: (process: Process, message: { readonly instance: string; readonly body: unknown }, run: Run) => void
  /** @returns each rate that was passed, as a sentence */
  readonly passed: (isCommitted: (run: number) => boolean) => readonly string[]
}

/**
 * @param slackMs by how much clocks are apart, and how long a handler takes to begin
 * @param standsStill whether environments stop in between and go on
 */
export const createRateBook = (slackMs: number, standsStill: boolean): RateBook => {
  const lines = new Map<string, Line>()
  const lineOf = ({ contract, limit }: Process, key: string): Line | undefined => {
    if (limit === undefined) return undefined
    const what = `${contract.name} ${key}`
    const bucket = bucketOf(limit)
    const inHand = limit.per === 'instance' ? 0 : blockOf(bucket) + (standsStill ? batchEntriesMax : 0)
    const line = lines.get(what) ?? { what, bucket, inHand, runs: [] }
    lines.set(what, line)
    return line
  }
  return {
    began: (process, { instance, body }, run) => {
      const key = process.limit && limitedBy(process.limit, instance, body)
      if (key !== undefined) lineOf(process, key)?.runs.push(run)
    },
    passed: (isCommitted) =>
      [...lines.values()].flatMap((line) => {
        const runs = line.runs.filter(({ number }) => isCommitted(number))
        return passedIn({ ...line, runs }, slackMs)
      }),
  }
}

// The most that any stretch of time may hold is the burst, what came in meanwhile, and what its environments had in hand.
const passedIn = ({ what, bucket: { burst, intervalMs }, inHand, runs }: Line, slackMs: number): readonly string[] => {
  for (const [n, first] of runs.entries()) {
    const environments = new Set<string>()
    for (let count = 1; n + count <= runs.length; count += 1) {
      const last = runs[n + count - 1] as Run
      environments.add(last.environment)
      const ms = last.at - first.at
      const most = burst + (ms + slackMs) / intervalMs + inHand * environments.size
      if (count > most) return [`${what}: ${count} messages in ${ms} ms by ${environments.size} environments, at most ${most}`]
    }
  }
  return []
}
