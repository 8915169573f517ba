// Jobs over threads, one a core, the next as one ends.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Answer, Job } from './job.ts'

/** Longer than any job takes: a runtime that never gives way is a bug too, and no simulator can stop it from within. */
const jobMsMax = 600_000

/**
 * Runs jobs on threads of their own; their answers come in any order.
 * @throws Error if a job throws or does not end
 */
export const runJobs = async (
  jobs: readonly Job[],
  threads: number,
  answered: (answer: Answer, job: Job) => void,
): Promise<void> => {
  const left = jobs.values()
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url))
    try {
      for (const job of left) answered(await ask(worker, job), job)
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, work))
}

const ask = async (worker: Worker, job: Job): Promise<Answer> => {
  const late = AbortSignal.timeout(jobMsMax)
  worker.postMessage(job)
  try {
    // `once` rejects with what the worker throws.
    const [answer] = (await once(worker, 'message', { signal: late })) as [Answer]
    return answer
  } catch (thrown) {
    if (!late.aborted) throw thrown
    throw new Error(`no end within ${jobMsMax / 1000} s: ${JSON.stringify(job)}`, { cause: thrown })
  }
}
