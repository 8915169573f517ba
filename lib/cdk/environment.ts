// What a function is told by its environment variables, within the 4 KB that Lambda takes.
import type { Stack } from 'aws-cdk-lib/core'
import { Misconfigured } from '../core/errors.ts'
import type { Home } from './location.ts'
import { someRegion } from './names.ts'
import type { Placement, Plan } from './plan.ts'
import { routesOf } from './reach.ts'
import type { WebPlacement } from './web-plan.ts'

/** Lambda: "The total size of all environment variables doesn't exceed 4 KB." */
const environmentBytesMax = 4096

interface Variables {
  readonly [name: string]: string
}

/** @throws Misconfigured if the routes do not fit */
export const environmentOf = (stack: Stack, plan: Plan, own: Placement | WebPlacement): { [name: string]: string } => {
  checkSize(plan, own)
  return { ...variables(plan, own, stack.toJsonString(routesOf(stack, plan, own))) }
}

const variables = ({ app }: Plan, own: Placement | WebPlacement, routes: string): Variables => ({
  GAVOTTE_APP: app.name,
  GAVOTTE_ROUTES: routes,
  ...('process' in own && { GAVOTTE_METRICS: 'emf' }),
  NODE_OPTIONS: '--enable-source-maps',
})

// What only the deployment knows is taken to be as long as it can be.
const checkSize = (plan: Plan, own: Placement | WebPlacement): void => {
  const { env } = own
  const home: Home = {
    partition: 'aws',
    region: env.region ?? someRegion,
    account: env.account ?? '000000000000',
    urlSuffix: 'amazonaws.com',
  }
  const routes = routesOf(home, plan, own)
  const bytes = Object.entries(variables(plan, own, JSON.stringify(routes))).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  )
  if (bytes <= environmentBytesMax) return
  const queues = Object.values(routes).reduce((sum, { mailbox }) => sum + [mailbox].flat().length, 0)
  throw new Misconfigured(
    'routes-too-long',
    `${'web' in own ? own.web.name : own.process.contract.name} reaches ${queues} queues of ${Object.keys(routes).length} processes: with these routes its environment has ${bytes} bytes and Lambda takes ${environmentBytesMax}: use fewer processes, or give them fewer shards`,
  )
}
