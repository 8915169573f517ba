// The local cloud: SQS and DynamoDB behind one endpoint on 127.0.0.1, and the functions of an app fed from its mailboxes.
// What was acknowledged is on disk: a killed cloud goes on where it was (I1).
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Routes } from '../aws/routes.ts'
import type { App } from '../core/app.ts'
import { Misconfigured } from '../core/errors.ts'
import { batchEntriesMax } from '../core/limits.ts'
import { resourceNames, shardNames } from '../core/names.ts'
import type { CloudEvent } from './cloud-event.ts'
import { claimDataFolder } from './data-folder.ts'
import { openDynamo } from './dynamo.ts'
import { functionSpec } from './function-spec.ts'
import { type Mapping, type Source, startPoller } from './poller.ts'
import { sqsHandler } from './sqs-http.ts'
import { SqsService } from './sqs-service.ts'
import { createTopology } from './topology.ts'
import { type Environment, startEnvironment } from './worker.ts'

export interface LocalCloudOptions {
  readonly app: App
  /** 0 takes any that is free. */
  readonly port: number
  /** Folder that messages and tables are kept in; made if it is not there. */
  readonly data: string
  /** Begins with empty queues and tables. */
  readonly fresh?: boolean
  /** Execution environments per process, default 1. */
  readonly workers?: number
  readonly onEvent?: (event: CloudEvent) => void
}

export interface LocalCloud {
  /** `http://127.0.0.1:<port>`: `AWS_ENDPOINT_URL` of whoever uses it. Any credentials do; the region is us-east-1. */
  readonly endpoint: string
  /** Where each process is, as `connect` takes it. */
  readonly routes: Routes
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
  const { app, port, data, fresh = false, workers = 1, onEvent = () => {} } = options
  const folder = await claimDataFolder(data, fresh)
  closers.push(folder.release)
  const dynamo = openDynamo(folder.dynamo)
  closers.push(dynamo.close)
  const sqs = SqsService.open(folder.sqs)
  closers.push(() => sqs.close())

  const tally = callTally()
  const handleSqs = sqsHandler(sqs)
  const server = createServer((request, response) => {
    const [service = '', action = ''] = String(request.headers['x-amz-target']).split('.')
    tally.count(action)
    const handle = service.startsWith('DynamoDB_') ? dynamo.handle : handleSqs
    handle(request, response)
  })
  const endpoint = await listen(server, port)
  closers.push(() => stop(server))

  const routes = await createTopology(app, sqs, endpoint)
  const mappings = app.processes.flatMap((process): Mapping[] => {
    const { name } = process.contract
    const spec = functionSpec(app, process, { endpoint, routes })
    const { mailbox, deadLetter } = resourceNames(app.name, name, process.deploy.mailbox)
    return shardNames(mailbox, process.deploy.shards).map((queue) => ({
      process: name,
      source: sourceOf(sqs, { queue, deadLetter }, tally.count),
      startEnvironment: () => startEnvironment(spec, (line) => onEvent({ kind: 'output', process: name, line })),
      onEvent,
    }))
  })
  const environments = await load(app, mappings, workers)
  const pollers = mappings.map((mapping, n) => startPoller(mapping, environments[n] ?? []))
  closers.push(() => Promise.all(pollers.map((poller) => poller.close())))
  return { endpoint, routes, calls: tally.calls }
}

const callTally = () => {
  const calls = new Map<string, number>()
  return {
    count: (action: string): void => void calls.set(action, (calls.get(action) ?? 0) + 1),
    calls: (): Readonly<Record<string, number>> => Object.fromEntries(calls),
  }
}

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

const listen = async (server: Server, port: number): Promise<string> => {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch((cause: NodeJS.ErrnoException) => {
    const reason =
      cause.code === 'EADDRINUSE' ? `port ${port} on 127.0.0.1 is taken` : `port ${port} cannot be used (${cause.message})`
    throw new Misconfigured('port-taken', `${reason}: choose another with --port`, { cause })
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What a request under way gets to be answered; one that waits for messages would take longer. */
const farewellMs = 200

const stop = async (server: Server): Promise<void> => {
  const closed = once(server, 'close')
  server.close()
  const cut = setTimeout(() => server.closeAllConnections(), farewellMs)
  await closed
  clearTimeout(cut)
}

/** Starts every process's environments at once. @throws Misconfigured that names each that does not load, its file and the cause */
const load = async (app: App, mappings: readonly Mapping[], workers: number): Promise<Environment[][]> => {
  const faults: string[] = []
  const starting = mappings.map(async ({ process, startEnvironment }) => {
    const settled = await Promise.allSettled(Array.from({ length: workers }, startEnvironment))
    const [fault] = settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : []))
    if (fault !== undefined) faults.push(`process ${process} does not load from ${fileURLToPath(app.entry(process))}: ${fault}`)
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  })
  const environments = await Promise.all(starting)
  if (faults.length === 0) return environments
  await Promise.all(environments.flat().map((environment) => environment.close()))
  throw new Misconfigured('process-not-loaded', faults.join('; '))
}
