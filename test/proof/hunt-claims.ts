// The claim that each planted bug of a part is found, as a test for each.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterAll, expect, test } from '@jest/globals'
import type { Mutation } from './mutation.ts'

const huntMsMax = 110_000

/** @param thread a module that calls `answerHunts` */
export const huntClaims = (planted: readonly Mutation[], thread: URL): void => {
  let worker: Worker | undefined
  const breaks = async (one: Mutation): Promise<unknown> => {
    worker ??= new Worker(thread)
    worker.postMessage(one)
    try {
      const [broken] = await once(worker, 'message', { signal: AbortSignal.timeout(huntMsMax) })
      return broken
    } catch (thrown) {
      // One that threw, or does not end, answers nobody else.
      await worker.terminate()
      worker = undefined
      throw thrown
    }
  }
  afterAll(() => worker?.terminate())

  test.each(planted.map((one) => [one.name, one] as const))(
    '%s: found',
    async (_, one) => {
      expect(await breaks(one)).not.toEqual([])
    },
    huntMsMax + 10_000,
  )
}
