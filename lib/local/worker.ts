// Execution environments as Lambda has them: a worker thread that loads a handler once, runs one invocation at a time, and
// is killed when an invocation takes too long. One that has ended does not come back; its owner starts another.
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { Worker } from 'node:worker_threads'
import { faultLine } from './fault-line.ts'

/** What an environment is made from; it travels to the thread. */
export interface EnvironmentSpec {
  /** URL of the module whose `handler` is the function. */
  readonly entry: string
  readonly functionName: string
  readonly memoryMb: number
  readonly timeoutSeconds: number
  /** The whole of the thread's `process.env`. */
  readonly env: { readonly [name: string]: string }
}

/** What is sent to the thread. */
export interface Request {
  readonly requestId: string
  readonly event: unknown
  /** When the environment is killed, ms since 1970. */
  readonly deadline: number
}

/** What the thread says. */
export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'returned'; readonly response: string }
  | { readonly kind: 'threw'; readonly reason: string }

/** How a thread ended: killed because it took too long, or by itself. */
interface End {
  readonly kind: 'timedOut' | 'died'
  readonly reason: string
}

/** How an invocation ended, reasons on one line. After `timedOut` and `died` the environment has ended as well. */
export type Outcome = Exclude<Answer, { kind: 'ready' }> | End

export interface Environment {
  /** One at a time. Never rejects. */
  readonly invoke: (requestId: string, event: unknown) => Promise<Outcome>
  /** Why it has ended; undefined while it lives. */
  readonly ended: () => string | undefined
  readonly close: () => Promise<void>
}

/** Lambda allows ten seconds; a busy machine that strips types from source takes longer. */
const loadSecondsMax = 60

/**
 * Starts an environment and waits until its handler is loaded.
 * @param onOutput a line that the handler wrote to stdout or stderr
 * @throws Error with the reason in one line if it does not load
 */
export const startEnvironment = async (spec: EnvironmentSpec, onOutput: (line: string) => void): Promise<Environment> => {
  const worker = new Worker(new URL(`./worker-main${extname(import.meta.url)}`, import.meta.url), {
    workerData: spec,
    env: { ...spec.env },
    resourceLimits: { maxOldGenerationSizeMb: spec.memoryMb },
    stdout: true,
    stderr: true,
  })
  for (const input of [worker.stdout, worker.stderr]) createInterface({ input }).on('line', onOutput)

  let end: End | undefined
  let settle: (said: Answer | End) => void = () => {}
  const answerWithin = async (seconds: number, late: string): Promise<Answer | End> => {
    const timer = setTimeout(() => {
      end ??= { kind: 'timedOut', reason: `${late} after ${seconds} s` }
      void worker.terminate()
    }, seconds * 1000)
    const said = await new Promise<Answer | End>((resolve) => {
      settle = resolve
    })
    clearTimeout(timer)
    return said
  }
  worker.on('message', (said: Answer) => settle(said))
  worker.on('error', (thrown) => {
    end ??= { kind: 'died', reason: faultLine(thrown) }
  })
  worker.on('exit', (code) => {
    end ??= { kind: 'died', reason: `it ended itself with exit code ${code}` }
    settle(end)
  })

  const loaded = await answerWithin(loadSecondsMax, 'not loaded')
  if ('reason' in loaded) throw new Error(loaded.reason)
  return {
    invoke: async (requestId, event) => {
      if (end !== undefined) return end
      worker.postMessage({ requestId, event, deadline: Date.now() + spec.timeoutSeconds * 1000 } satisfies Request)
      return (await answerWithin(spec.timeoutSeconds, 'timed out')) as Outcome
    },
    ended: () => end?.reason,
    close: async () => {
      await worker.terminate()
    },
  }
}
