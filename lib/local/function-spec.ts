// What a function is given: its limits, and the environment variables that its stack would set.
import { env } from 'node:process'
import type { Routes } from '../aws/routes.ts'
import { type App, sendsTo } from '../core/app.ts'
import type { Blueprint } from '../core/definition.ts'
import { functionName } from '../core/names.ts'
import type { Web } from '../core/web.ts'
import type { EnvironmentSpec } from './worker.ts'

export const region = 'us-east-1'

interface Cloud {
  readonly endpoint: string
  readonly routes: Routes
  /** Variables of this machine; those of AWS are left out, so that nothing real is reached by mistake. */
  readonly inherited?: { readonly [name: string]: string | undefined }
}

/** The function of a process. */
export const functionSpec = (app: App, process: Blueprint, cloud: Cloud): EnvironmentSpec =>
  specOf(app, { name: process.contract.name, deploy: process.deploy }, cloud, routesOf(app, process, cloud.routes))

/** A web function. */
export const webSpec = (app: App, web: Web, cloud: Cloud): EnvironmentSpec => {
  const used = new Set(web.uses.map(({ name }) => name))
  const routes = Object.entries(cloud.routes).flatMap(([name, { mailbox, table }]) =>
    used.has(name) ? [[name, { mailbox, table }] as const] : [],
  )
  return specOf(app, web, cloud, Object.fromEntries(routes))
}

interface Limits {
  readonly memoryMb: number
  readonly timeoutSeconds: number
}

const specOf = (
  app: App,
  { name, deploy }: { readonly name: string; readonly deploy: Limits },
  { endpoint, inherited = env }: Cloud,
  routes: Routes,
): EnvironmentSpec => {
  const named = functionName(app.name, name)
  const own = Object.entries(inherited).flatMap(([name, value]) =>
    value === undefined || name.startsWith('AWS_') ? [] : [[name, value] as const],
  )
  return {
    entry: app.entry(name).href,
    functionName: named,
    memoryMb: deploy.memoryMb,
    timeoutSeconds: deploy.timeoutSeconds,
    env: {
      ...Object.fromEntries(own),
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_LAMBDA_FUNCTION_NAME: named,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(deploy.memoryMb),
      GAVOTTE_APP: app.name,
      GAVOTTE_ROUTES: JSON.stringify(routes),
    },
  }
}

/** Itself with all its queues; those it uses, and those who may ask it, with their mailboxes. */
const routesOf = ({ processes }: App, own: Blueprint, routes: Routes): Routes => {
  return Object.fromEntries(
    processes.flatMap((one) => {
      const { name } = one.contract
      const route = routes[name]
      if (route === undefined) return []
      if (one === own) return [[name, route]]
      return sendsTo(own, one) ? [[name, { mailbox: route.mailbox, table: route.table }]] : []
    }),
  )
}
