// Which web function runs on which node, and with what.
import type { Environment } from 'aws-cdk-lib/core'
import type { App } from '../core/app.ts'
import { checkWebDeployment } from '../core/deployment.ts'
import { Misconfigured } from '../core/errors.ts'
import { functionName } from '../core/names.ts'
import type { Web, WebDeploy, WebDeployment } from '../core/web.ts'

/** How a web function is run on its node; what is not said here is as its definition says. */
export type WebOptions = WebDeploy

/** One web function where it runs. */
export interface WebPlacement {
  readonly web: Web
  readonly node: string
  readonly env: Environment
  readonly deploy: WebDeployment
  readonly names: { readonly function: string }
}

/** As much of a node as is asked of it. */
interface WebNode {
  readonly env?: Environment
  readonly web?: { readonly [web: string]: WebOptions }
}

/** @returns by web function @throws Misconfigured naming the web function or node that is at fault and what to change */
export const placeWeb = (app: App, nodes: { readonly [node: string]: WebNode }): ReadonlyMap<string, WebPlacement> => {
  const placed = new Map<string, WebPlacement>()
  for (const [node, { env = {}, web = {} }] of Object.entries(nodes)) {
    for (const [name, options] of Object.entries(web)) {
      const one = app.web.find((known) => known.name === name) ?? unknown(app, node, name)
      const other = placed.get(name)
      if (other !== undefined) {
        throw new Misconfigured('web-twice', `${name} is on node ${other.node} and on node ${node}: take it off one of them`)
      }
      const deploy: WebDeployment = { ...one.deploy, ...options }
      checkWebDeployment(name, deploy)
      placed.set(name, { web: one, node, env, deploy, names: { function: functionName(app.name, name) } })
    }
  }
  const missing = app.web.find(({ name }) => !placed.has(name))
  if (missing === undefined) return placed
  throw new Misconfigured(
    'web-nowhere',
    `web function ${missing.name} is on no node: add it to \`web\` of one, or take it out of the app`,
  )
}

const unknown = (app: App, node: string, name: string): never => {
  const known = app.web.map((one) => one.name)
  const advice = known.length === 0 ? 'the app has none' : `name one of ${known.join(', ')}`
  throw new Misconfigured('web-unknown', `node ${node} lists the web function ${name}, which the app does not: ${advice}`)
}
