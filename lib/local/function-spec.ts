// What a function is given: its limits, and the environment variables that its stack would set.
import type { Routes } from '../aws/routes.ts'
import type { App } from '../core/app.ts'
import type { Blueprint } from '../core/definition.ts'
import { resourceNames } from '../core/names.ts'
import type { EnvironmentSpec } from './worker.ts'

export const region = 'us-east-1'

/** @param inherited variables of this machine; those of AWS are left out, so that nothing real is reached by mistake */
export const functionSpec = (
  app: App,
  { contract, uses, deploy }: Blueprint,
  cloud: { readonly endpoint: string; readonly routes: Routes },
  inherited: { readonly [name: string]: string | undefined } = process.env,
): EnvironmentSpec => {
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
      GAVOTTE_ROUTES: JSON.stringify(
        routesOf(
          contract.name,
          uses.map(({ name }) => name),
          cloud.routes,
        ),
      ),
    },
  }
}

/** Itself with its dead-letter queue, and those it uses without theirs. */
const routesOf = (process: string, uses: readonly string[], routes: Routes): Routes =>
  Object.fromEntries(
    [process, ...uses].flatMap((name) => {
      const route = routes[name]
      if (route === undefined) return []
      return [[name, name === process ? route : { mailbox: route.mailbox, table: route.table }]]
    }),
  )
