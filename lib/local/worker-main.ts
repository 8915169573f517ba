// Runs in a worker thread: one execution environment of one function, which handles one invocation at a time.
import { parentPort, workerData } from 'node:worker_threads'
import { guardFlows } from '../runtime/flow-guard.ts'
import type { Answer, EnvironmentSpec, Request } from './worker.ts'

type Handler = (event: unknown, context: unknown) => unknown

guardFlows()
const port = parentPort
if (port === null) throw new Error('this file is run as a worker thread, by worker.ts')
const { entry, functionName, memoryMb } = workerData as EnvironmentSpec

const describe = (thrown: unknown): string =>
  thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `thrown value: ${String(thrown)}`

const contextOf = ({ requestId, deadline }: Request) => ({
  functionName,
  functionVersion: '$LATEST',
  invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
  memoryLimitInMB: String(memoryMb),
  awsRequestId: requestId,
  logGroupName: `/aws/lambda/${functionName}`,
  logStreamName: 'local',
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
})

// What a handler returns leaves Lambda as JSON, so it does here.
const answer = async (handler: Handler, request: Request): Promise<Answer> => {
  try {
    return { kind: 'returned', response: JSON.stringify(await handler(request.event, contextOf(request))) ?? 'null' }
  } catch (thrown) {
    // Lambda logs it as well, with its stack.
    console.error(thrown)
    return { kind: 'threw', reason: describe(thrown) }
  }
}

const { handler } = (await import(entry)) as { handler?: unknown }
if (typeof handler !== 'function') throw new Error('it exports no function named handler')
port.on('message', (request: Request) => void answer(handler as Handler, request).then((said) => port.postMessage(said)))
port.postMessage({ kind: 'ready' } satisfies Answer)
