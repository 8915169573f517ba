// One thread of the proof: a job in, an answer out.
import { parentPort } from 'node:worker_threads'
import { type Job, runJob } from './job.ts'

parentPort?.on('message', (job: Job) => {
  runJob(job).then(
    (answer) => parentPort?.postMessage(answer),
    (thrown: unknown) => {
      throw new Error(`${JSON.stringify(job)}: ${thrown instanceof Error ? thrown.stack : String(thrown)}`)
    },
  )
})
