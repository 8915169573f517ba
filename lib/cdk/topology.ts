// All processes and web functions of an app on their nodes, a stack each; queues, tables, permissions and routes follow from the definitions.
import type { Construct } from 'constructs'
import type { App } from '../core/app.ts'
import { Misconfigured } from '../core/errors.ts'
import { checkNames } from './names.ts'
import { Node } from './node.ts'
import { type Nodes, planOf } from './plan.ts'
import type { ProcessFunction } from './process-function.ts'
import type { WebFunction } from './web-function.ts'

export interface TopologyProps {
  readonly app: App
  readonly nodes: Nodes
}

export class Topology {
  /** By node name; the stacks are named `<app>-<node>`. */
  readonly nodes: ReadonlyMap<string, Node>

  /**
   * @param scope the CDK app, or a stage
   * @throws Misconfigured if a definition or a node cannot be deployed as it is
   */
  constructor(scope: Construct, { app, nodes }: TopologyProps) {
    const plan = planOf(app, nodes)
    checkNames(plan)
    this.nodes = new Map(Object.keys(nodes).map((node) => [node, new Node(scope, `${app.name}-${node}`, { plan, node })]))
  }

  /** What a process is made of, to add to. */
  process(name: string): ProcessFunction {
    for (const { functions } of this.nodes.values()) {
      const found = functions.get(name)
      if (found !== undefined) return found
    }
    throw new Misconfigured('process-unknown', `${name} is on no node`)
  }

  /** What a web function is made of, to add to. */
  web(name: string): WebFunction {
    for (const { web } of this.nodes.values()) {
      const found = web.get(name)
      if (found !== undefined) return found
    }
    throw new Misconfigured('web-unknown', `web function ${name} is on no node`)
  }
}
