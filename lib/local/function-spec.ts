// What a function is given: its limits, and the environment variables that its stack would set.
import { env } from 'node:process'
import type { Routes } from '../aws/routes.ts'
import { type App, sendsTo } from '../core/app.ts'
import type { Blueprint } from '../core/definition.ts'
import { resourceNames } from '../core/names.ts'
import type { EnvironmentSpec } from './worker.ts'

export const region = 'us-east-1'

/** @param inherited variables of this machine; those of AWS are left out, so that nothing real is reached by mistake */
export const functionSpec = (
  app: App,
  process: Blueprint,
  cloud: { readonly endpoint: string; readonly routes: Routes },
  inherited: { readonly [name: string]: string | undefined } = env,
): EnvironmentSpec => {
  const { contract, deploy } = process
  const functionName = resourceNames(app.name, contract.name, deploy.mailbox).function
  const own = Object.entries(inherited).flatMap(([name, value]) =>
    value === undefined || name.startsWith('AWS_') ? [] : [[name, value] as const],
  )
  return {
    entry: app.entry(contract.name).href,
    functionName,
    memoryMb: deploy.memoryMb,
    timeoutSeconds: deploy.timeoutSeconds,
    env: {
      ...Object.fromEntries(own),
      AWS_ENDPOINT_URL: cloud.endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_LAMBDA_FUNCTION_NAME: functionName,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(deploy.memoryMb),
      GAVOTTE_APP: app.name,
      GAVOTTE_ROUTES: JSON.stringify(routesOf(app, process, cloud.routes)),
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
