// The web functions of an app in the local cloud: environments and a URL each.
import { createServer } from 'node:http'
import { availableParallelism } from 'node:os'
import type { Routes } from '../aws/routes.ts'
import type { App } from '../core/app.ts'
import type { CloudEvent } from './cloud-event.ts'
import { Environments } from './environments.ts'
import { webSpec } from './function-spec.ts'
import type { LocalFunction } from './lambda-http.ts'
import { listen, stop } from './server.ts'
import { webHandler } from './web-http.ts'
import { startEnvironment } from './worker.ts'

export interface WebServices {
  readonly endpoint: string
  readonly routes: Routes
  readonly onEvent: (event: CloudEvent) => void
}

/**
 * Most environments of one web function. Each is a thread with a handler and caches of its own: on Lambda it has a processor besides, here they share
 * those of the machine, and more of them would be slower together.
 */
const environmentsMax = 2 * availableParallelism()

/** By function name; none is started. */
export const webFunctions = (app: App, { endpoint, routes, onEvent }: WebServices): ReadonlyMap<string, LocalFunction> =>
  new Map(
    app.web.map((one) => {
      const spec = webSpec(app, one, { endpoint, routes })
      const start = () => startEnvironment(spec, (line) => onEvent({ kind: 'output', process: one.name, line }))
      const most = Math.min(environmentsMax, one.deploy.concurrency ?? environmentsMax)
      return [spec.functionName, { process: one.name, environments: new Environments(start, { most, least: 1 }) }]
    }),
  )

export interface Served {
  /** `http://127.0.0.1:<port>`, by web function. */
  readonly urls: { readonly [name: string]: string }
  /** Lets the requests under way finish, then ends the environments. */
  readonly close: () => Promise<void>
}

/**
 * Serves the functions, the first on `port` and each further one on the next.
 * @param port 0 takes any that are free
 * @throws Misconfigured if one is taken
 */
export const serveWeb = async (
  functions: Iterable<LocalFunction>,
  port: number,
  onEvent: (event: CloudEvent) => void,
): Promise<Served> => {
  const urls: Record<string, string> = {}
  const closers: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    await Promise.all(closers.map((one) => one()))
  }
  try {
    for (const { process: name, environments } of functions) {
      const server = createServer(webHandler({ name, environments, onEvent }))
      urls[name] = await listen(server, port === 0 ? 0 : port + closers.length, '--web-port')
      closers.push(() => stop(server, environments.close()))
    }
  } catch (thrown) {
    await close()
    throw thrown
  }
  return { urls, close }
}
