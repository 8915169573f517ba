// Which process runs on which node, and with what: definitions and nodes put together, and checked before anything is built.
import type { Environment, RemovalPolicy } from 'aws-cdk-lib/core'
import type { App } from '../core/app.ts'
import { visibilitySecondsOf } from '../core/backoff.ts'
import type { Blueprint, Deploy, Deployment } from '../core/definition.ts'
import { checkDeployment } from '../core/deployment.ts'
import { Misconfigured } from '../core/errors.ts'
import { visibilitySecondsMax } from '../core/limits.ts'
import { type ResourceNames, resourceNames, shardNames } from '../core/names.ts'
import { placeWeb, type WebOptions, type WebPlacement } from './web-plan.ts'

type Overridable = 'memoryMb' | 'timeoutSeconds' | 'concurrency' | 'batch' | 'windowSeconds' | 'shards' | 'logRetentionDays'

/** How a process is run on its node; what is not said here is as its definition says. */
export interface ProcessOptions extends Pick<Deploy, Overridable> {
  /** What becomes of the table when it leaves the stack. Default: kept, unless its very creation is rolled back. */
  readonly removalPolicy?: RemovalPolicy
  /** How long the mailbox hides a message that was received. Default and least: 6 × `timeoutSeconds` + `windowSeconds`. */
  readonly visibilitySeconds?: number
}

/** A stack, and what runs there. */
export interface NodeSettings {
  /** Account and region. Default: those of whoever deploys. Either every node of an app says it or none does. */
  readonly env?: Environment
  /** The processes that run here; `{}` where nothing differs from the definition. */
  readonly processes: { readonly [process: string]: ProcessOptions }
  /** The web functions that run here; `{}` where nothing differs from the definition. */
  readonly web?: { readonly [web: string]: WebOptions }
  /** Options of all processes here, after their own. */
  readonly defaults?: ProcessOptions
  /** ARN of an SNS topic in the node's region, which all alarms of the node notify. */
  readonly alarmTopic?: string
}
export type Nodes = { readonly [node: string]: NodeSettings }

/** One process where it runs. */
export interface Placement {
  readonly process: Blueprint
  readonly node: string
  readonly env: Environment
  readonly deploy: Deployment
  readonly names: ResourceNames
  /** Names of the mailbox's queues in the order of the shards; the first is `names.mailbox`. */
  readonly mailboxes: readonly string[]
  readonly visibilitySeconds: number
  /** Name of the node's schedule group. */
  readonly scheduleGroup: string
  readonly removalPolicy?: RemovalPolicy
}

/** The whole app; every process that one uses is placed. */
export interface Plan {
  readonly app: App
  readonly nodes: Nodes
  /** By process. */
  readonly placements: ReadonlyMap<string, Placement>
  /** By web function. */
  readonly web: ReadonlyMap<string, WebPlacement>
}

/** @throws Misconfigured naming the definition or node that is at fault and what to change */
export const planOf = (app: App, nodes: Nodes): Plan => {
  const nodeOf = placing(app, nodes)
  checkEnvs(nodes)
  const placements = app.processes.map((process) => {
    const { name } = process.contract
    const [node, settings] = nodeOf.get(name) ?? nowhere(app, name)
    checkHandlers(process)
    return [name, place(app, process, node, settings)] as const
  })
  return { app, nodes, placements: new Map(placements), web: placeWeb(app, nodes) }
}

const placing = (app: App, nodes: Nodes): ReadonlyMap<string, readonly [node: string, settings: NodeSettings]> => {
  const known = app.processes.map(({ contract }) => contract.name)
  const nodeOf = new Map<string, readonly [string, NodeSettings]>()
  for (const [node, settings] of Object.entries(nodes)) {
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(node)) {
      throw new Misconfigured(
        'illegal-name',
        `node name "${node}": use lower-case letters, digits and dashes, at most 31, a letter first`,
      )
    }
    for (const name of Object.keys(settings.processes)) {
      if (!known.includes(name)) {
        throw new Misconfigured(
          'process-unknown',
          `node ${node} lists ${name}, which the app does not: name one of ${known.join(', ')}`,
        )
      }
      const [other] = nodeOf.get(name) ?? []
      if (other !== undefined) {
        throw new Misconfigured('process-twice', `${name} is on node ${other} and on node ${node}: take it off one of them`)
      }
      nodeOf.set(name, [node, settings])
    }
  }
  return nodeOf
}

const nowhere = (app: App, name: string): never => {
  const users = [...app.processes.map(({ contract, uses }) => ({ name: contract.name, uses })), ...app.web]
  const senders = users.filter(({ uses }) => uses.some((used) => used.name === name))
  const used = senders.length === 0 ? '' : `, and ${senders.map((one) => one.name).join(', ')} may send to it`
  throw new Misconfigured('process-nowhere', `${name} is on no node${used}: add it to one, or take it out of the app`)
}

// A node without an account or region goes to the deployer's, which is known only then: another node cannot name a queue there.
const checkEnvs = (nodes: Nodes): void => {
  for (const field of ['account', 'region'] as const) {
    const named = Object.entries(nodes).map(([node, { env }]) => ({ node, named: env?.[field] !== undefined }))
    const [without, other] = [named.find((one) => !one.named), named.find((one) => one.named)]
    if (without === undefined || other === undefined) continue
    throw new Misconfigured(
      'env-incomplete',
      `node ${other.node} names its ${field} and node ${without.node} does not: name it in all nodes or in none`,
    )
  }
}

const checkHandlers = (process: Blueprint): void => {
  const { contract, internal } = process
  if (!('behaviour' in process)) return
  const { on } = process.behaviour as { readonly on: object }
  const missing = [...Object.keys(contract.messages), ...Object.keys(internal)].find((type) => !(type in on))
  if (missing !== undefined) {
    throw new Misconfigured('handler-missing', `${contract.name} declares ${missing} and does not handle it: add it to \`on\``)
  }
}

const place = (app: App, process: Blueprint, node: string, { env = {}, processes, defaults }: NodeSettings): Placement => {
  const { name } = process.contract
  const { removalPolicy, visibilitySeconds, ...overrides } = { ...defaults, ...processes[name] }
  const deploy: Deployment = { ...process.deploy, ...overrides }
  checkDeployment(name, deploy)
  const least = visibilitySecondsOf(deploy)
  const seconds = visibilitySeconds ?? least
  if (!(seconds >= least && seconds <= visibilitySecondsMax)) {
    throw new Misconfigured(
      'illegal-setting',
      `${name}: visibilitySeconds must be ${least} (6 × timeoutSeconds + windowSeconds, Lambda) to ${visibilitySecondsMax}, not ${seconds}`,
    )
  }
  const names = resourceNames(app.name, name, deploy.mailbox)
  return {
    process,
    node,
    env,
    deploy,
    names,
    mailboxes: shardNames(names.mailbox, deploy.shards),
    visibilitySeconds: seconds,
    scheduleGroup: `${app.name}-${node}`,
    ...(removalPolicy !== undefined && { removalPolicy }),
  }
}
