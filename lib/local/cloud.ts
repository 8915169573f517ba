// The local cloud: SQS, DynamoDB, Lambda and EventBridge Scheduler behind one endpoint on 127.0.0.1, and the functions of an app fed
// from its queues.
// What was acknowledged is on disk: a killed cloud goes on where it was (I1).
import { createServer, type RequestListener } from 'node:http'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Routes } from '../aws/routes.ts'
import type { App } from '../core/app.ts'
import type { Deployment } from '../core/definition.ts'
import { Misconfigured } from '../core/errors.ts'
import { batchEntriesMax } from '../core/limits.ts'
import { type ResourceNames, resourceNames, shardNames } from '../core/names.ts'
import { pooled } from '../runtime/pool.ts'
import type { CloudEvent } from './cloud-event.ts'
import { claimDataFolder } from './data-folder.ts'
import { type Dynamo, openDynamo } from './dynamo.ts'
import { Environments } from './environments.ts'
import { functionSpec, region } from './function-spec.ts'
import { isLambdaPath, type LocalFunction, lambdaHandler } from './lambda-http.ts'
import { type Source, startPoller } from './poller.ts'
import { isSchedulerPath, schedulerHandler } from './scheduler-http.ts'
import { SchedulerService } from './scheduler-service.ts'
import { listen, stop } from './server.ts'
import { sqsHandler } from './sqs-http.ts'
import { nameInArn } from './sqs-input.ts'
import { SqsService, systemClock } from './sqs-service.ts'
import { queueUrl } from './sqs-wire.ts'
import { createTopology } from './topology.ts'
import { serveWeb, webFunctions } from './web.ts'
import { startEnvironment } from './worker.ts'

export interface LocalCloudOptions {
  readonly app: App
  /** 0 takes any that is free. */
  readonly port: number
  /** Of the first web function; each further one has the next. 0, the default, takes any that are free. */
  readonly webPort?: number
  /** Folder that messages and tables are kept in; made if it is not there. */
  readonly data: string
  /** Begins with empty queues and tables. */
  readonly fresh?: boolean
  /** Execution environments per process and shard of its mailbox, default 1. Direct calls and timers share them. */
  readonly workers?: number
  readonly onEvent?: (event: CloudEvent) => void
}

export interface LocalCloud {
  /** `http://127.0.0.1:<port>`: `AWS_ENDPOINT_URL` of whoever uses it. Any credentials do; the region is us-east-1. */
  readonly endpoint: string
  /** Where each process is, as `connect` takes it. */
  readonly routes: Routes
  /** Where each web function is: `http://127.0.0.1:<port>`. */
  readonly web: { readonly [name: string]: string }
  /** AWS calls so far by action: those that came by HTTP, and the receives and deletes of the event-source mappings. */
  readonly calls: () => Readonly<Record<string, number>>
  /** Lets the invocations in flight finish, then stops everything. */
  readonly close: () => Promise<void>
}

type Closers = (() => Promise<unknown>)[]

/**
 * Starts the local cloud; once it resolves, every process is loaded and takes messages.
 * @throws Misconfigured if the port or the folder is taken, the data cannot be read, or a process does not load
 */
export const startLocalCloud = async (options: LocalCloudOptions): Promise<LocalCloud> => {
  const closers: Closers = []
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer()
  }
  try {
    return { ...(await start(options, closers)), close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

const start = async (options: LocalCloudOptions, closers: Closers): Promise<Omit<LocalCloud, 'close'>> => {
  const { app, port, webPort = 0, data, fresh = false, workers = 1, onEvent = () => {} } = options
  const folder = await claimDataFolder(data, fresh)
  closers.push(folder.release)
  const dynamo = openDynamo(folder.dynamo)
  closers.push(dynamo.close)
  const sqs = SqsService.open(folder.sqs)
  closers.push(() => sqs.close())

  const scheduler = new SchedulerService({
    folder: folder.scheduler,
    clock: systemClock,
    send: async (arn, MessageBody) => {
      const QueueUrl = queueUrl('', nameInArn(arn) ?? '')
      await sqs.handle('SendMessage', { QueueUrl, MessageBody }, { origin: '', region })
    },
  })
  closers.push(() => scheduler.close())

  const { count, calls } = callTally()
  const functions = new Map<string, LocalFunction>()
  const lambda = lambdaHandler({ functions, count, onEvent })
  const server = createServer(
    dispatch({ dynamo, sqs: sqsHandler(sqs), lambda, scheduler: schedulerHandler(scheduler, count) }, count),
  )
  const endpoint = await listen(server, port, '--port')
  closers.push(() => stop(server))

  const routes = await createTopology(app, { sqs, scheduler }, endpoint)
  for (const process of app.processes) {
    const { name } = process.contract
    const spec = functionSpec(app, process, { endpoint, routes })
    const environments = new Environments(
      () => startEnvironment(spec, (line) => onEvent({ kind: 'output', process: name, line })),
      { most: workers * process.deploy.shards },
    )
    functions.set(spec.functionName, { process: name, environments })
  }
  const web = webFunctions(app, { endpoint, routes, onEvent })
  for (const [name, one] of web) functions.set(name, one)
  closers.push(() => Promise.all([...functions.values()].map(({ environments }) => environments.close())))
  await load(app, [...functions.values()])
  const pollers = app.processes.flatMap(({ contract: { name: process }, deploy }) => {
    const names = resourceNames(app.name, process, deploy.mailbox)
    const { environments } = functions.get(names.function) as LocalFunction
    const batches = Math.min(workers, deploy.concurrency ?? workers)
    return queuesOf(names, deploy).map((queues) =>
      startPoller({ process, source: sourceOf(sqs, queues, count), environments, onEvent }, batches),
    )
  })
  closers.push(() => Promise.all(pollers.map((poller) => poller.close())))
  const served = await serveWeb(web.values(), webPort, onEvent)
  closers.push(served.close)
  scheduler.start()
  return { endpoint, routes, web: served.urls, calls }
}

interface Handlers {
  readonly dynamo: Dynamo
  readonly sqs: RequestListener
  readonly lambda: RequestListener
  readonly scheduler: RequestListener
}

/** Tells the services apart: by target where the protocol names one, else by path. */
const dispatch =
  ({ dynamo, sqs, lambda, scheduler }: Handlers, count: (action: string) => void): RequestListener =>
  (request, response) => {
    const { url = '/', headers } = request
    if (headers['x-amz-target'] === undefined && isLambdaPath(url)) return lambda(request, response)
    if (headers['x-amz-target'] === undefined && isSchedulerPath(url)) return scheduler(request, response)
    const [service = '', action = ''] = String(headers['x-amz-target']).split('.')
    count(action)
    return service.startsWith('DynamoDB_') ? dynamo.handle(request, response) : sqs(request, response)
  }

const callTally = () => {
  const calls = new Map<string, number>()
  return {
    count: (action: string): void => void calls.set(action, (calls.get(action) ?? 0) + 1),
    calls: (): Readonly<Record<string, number>> => Object.fromEntries(calls),
  }
}

/** The queues that feed a process, with the dead-letter queue of each. */
const queuesOf = (names: ResourceNames, { shards, timers }: Deployment) => [
  ...shardNames(names.mailbox, shards).map((queue) => ({ queue, deadLetter: names.deadLetter })),
  ...(timers ? [{ queue: names.timer, deadLetter: names.timerDeadLetter }] : []),
]

// In this process rather than over HTTP: a hop's own work should be what it costs.
const sourceOf = (
  sqs: SqsService,
  { queue, deadLetter }: { readonly queue: string; readonly deadLetter: string },
  count: (action: string) => void,
): Source => ({
  queue,
  receive: () => {
    const messages = sqs.receive(queue, batchEntriesMax)
    if (messages.length > 0) count('ReceiveMessage')
    return messages
  },
  remove: (messages) => {
    if (messages.length > 0) count('DeleteMessageBatch')
    for (const { receipt } of messages) sqs.delete(queue, receipt)
  },
  wait: (untilMs) => sqs.waitForMessages(queue, untilMs),
  deadLetters: () => {
    const { visible, inFlight } = sqs.counts(deadLetter)
    return visible + inFlight
  },
})

/** Starts every function's environments, as many at once as there are processors: each has its time to load. @throws Misconfigured that names each that does not load, its file and the cause */
const load = async (app: App, functions: readonly LocalFunction[]): Promise<void> => {
  const faults = await pooled(functions, availableParallelism(), async ({ process, environments }) => {
    try {
      await environments.load()
      return []
    } catch (thrown) {
      const kind = app.web.some(({ name }) => name === process) ? 'web function' : 'process'
      return [`${kind} ${process} does not load from ${fileURLToPath(app.entry(process))}: ${(thrown as Error).message}`]
    }
  })
  if (faults.flat().length > 0) throw new Misconfigured('process-not-loaded', faults.flat().join('; '))
}
