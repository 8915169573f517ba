// The Invoke API of Lambda over HTTP, on the functions of an app. Signatures are not checked.
import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import type { CloudEvent } from './cloud-event.ts'
import type { Environments } from './environments.ts'
import { RestFault, type RestReply, type RestRequest, restHandler } from './rest.ts'
import type { Outcome } from './worker.ts'

export interface LocalFunction {
  readonly process: string
  readonly environments: Environments
}

export interface LambdaOptions {
  /** By function name. */
  readonly functions: ReadonlyMap<string, LocalFunction>
  readonly count: (action: string) => void
  readonly onEvent: (event: CloudEvent) => void
}

/** Lambda quotas: "Invocation payload (request and response): 6 MB each for request and response (synchronous)". */
const requestBytesMax = 6 * 1024 * 1024

/** Lambda, where no more may run at once, refuses; here so many may wait for their turn. */
const waitingMax = 1000

export const isLambdaPath = (path: string): boolean => path.startsWith('/2015-03-31/functions/')

export const lambdaHandler = (options: LambdaOptions): RequestListener =>
  restHandler(requestBytesMax, async (request) => {
    const { 1: named = '' } = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url.pathname) ?? []
    if (request.method !== 'POST' || named === '')
      throw new RestFault('UnknownOperationException', `${request.method} ${request.url.pathname}`, 404)
    options.count('Invoke')
    const one = functionOf(options, decodeURIComponent(named))
    const event = eventOf(request)
    if (one.environments.waiting >= waitingMax) throw new RestFault('TooManyRequestsException', 'Rate Exceeded.', 429)
    switch (request.headers['x-amz-invocation-type'] ?? 'RequestResponse') {
      case 'RequestResponse':
        return replyOf(await invoke(options, one, event))
      case 'Event':
        // Lambda would try twice more; here nobody waits for it, and what it says is told as an event.
        void invoke(options, one, event).catch(() => {})
        return { status: 202, body: '' }
      case 'DryRun':
        return { status: 204, body: '' }
      default:
        throw new RestFault('InvalidParameterValueException', 'InvocationType must be RequestResponse, Event or DryRun.')
    }
  })

/** By name, ARN or partial ARN, with or without a version. */
const functionOf = ({ functions }: LambdaOptions, named: string): LocalFunction => {
  const parts = named.replace(/^.*function:/, '').split(':')
  const found = functions.get(parts[0] ?? '')
  if (found !== undefined) return found
  throw new RestFault('ResourceNotFoundException', `Function not found: ${named}`, 404)
}

const eventOf = ({ body }: RestRequest): unknown => {
  try {
    return body === '' ? {} : JSON.parse(body)
  } catch {
    throw new RestFault('InvalidRequestContentException', 'Could not parse request body into json.')
  }
}

const invoke = async ({ onEvent }: LambdaOptions, { process, environments }: LocalFunction, event: unknown): Promise<Outcome> => {
  const started = performance.now()
  try {
    const outcome = await environments.use((environment) => environment.invoke(randomUUID(), event))
    const ms = Math.round(performance.now() - started)
    onEvent({ kind: 'called', process, ms, ...(outcome.kind !== 'returned' && { reason: outcome.reason }) })
    return outcome
  } catch (thrown) {
    const { message } = thrown as Error
    onEvent({ kind: 'ended', process, reason: message, retryMs: 0 })
    throw new RestFault('ServiceException', message, 500)
  }
}

const replyOf = (outcome: Outcome): RestReply => {
  const executed = { 'x-amz-executed-version': '$LATEST' }
  if (outcome.kind === 'returned') return { headers: executed, body: outcome.response }
  return { headers: { ...executed, 'x-amz-function-error': 'Unhandled' }, body: JSON.stringify(errorOf(outcome)) }
}

const errorOf = (
  outcome: Exclude<Outcome, { kind: 'returned' }>,
): { readonly errorType: string; readonly errorMessage: string } => {
  const { reason } = outcome
  switch (outcome.kind) {
    case 'threw': {
      const { 1: errorType = 'Error', 2: errorMessage = reason } = /^(\w+): (.*)$/s.exec(reason) ?? []
      return { errorType, errorMessage }
    }
    case 'timedOut':
      return { errorType: 'Sandbox.Timedout', errorMessage: reason }
    case 'died':
      return { errorType: 'Runtime.ExitError', errorMessage: reason }
  }
}
