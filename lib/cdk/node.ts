// A node: one stack with the processes and web functions that run in one account and region.
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch'
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Annotations, CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { Misconfigured } from '../core/errors.ts'
import { addAlarms, addWebAlarms } from './alarms.ts'
import { dashboardOf } from './dashboard.ts'
import type { Plan } from './plan.ts'
import { ProcessFunction } from './process-function.ts'
import { WebFunction } from './web-function.ts'

/** CloudFormation: a template holds at most 500 resources. */
const resourcesMax = 500
const resourcesWarned = 450

export interface NodeProps {
  readonly plan: Plan
  /** One of the plan's nodes. */
  readonly node: string
}

export class Node extends Stack {
  /** By process name. */
  readonly functions: ReadonlyMap<string, ProcessFunction>
  /** By web function. */
  readonly web: ReadonlyMap<string, WebFunction>
  readonly dashboard: Dashboard

  constructor(scope: Construct, id: string, { plan, node }: NodeProps) {
    const { app, nodes, placements } = plan
    const { env, alarmTopic } = nodes[node] ?? {}
    super(scope, id, { ...(env && { env }), description: `Node ${node} of ${app.name}, made by Gavotte` })
    const here = [...placements].filter(([, placement]) => placement.node === node)
    this.functions = new Map(here.map(([name, placement]) => [name, new ProcessFunction(this, name, { plan, placement })]))
    const webHere = [...plan.web].filter(([, placement]) => placement.node === node)
    this.web = new Map(webHere.map(([name, placement]) => [name, new WebFunction(this, name, { plan, placement })]))
    this.#addScheduleGroup(plan, node)
    for (const one of this.functions.values()) addAlarms(app.name, one, alarmTopic)
    for (const one of this.web.values()) addWebAlarms(one, alarmTopic)
    this.dashboard = dashboardOf(this, id, app.name, {
      processes: [...this.functions.values()],
      web: [...this.web.values()],
    })
    this.#checkSize(node)
  }

  // With a group go all its schedules, so it is kept as tables are.
  #addScheduleGroup({ app, nodes }: Plan, node: string): void {
    const waiting = [...this.functions.values()].filter(({ timers }) => timers !== undefined)
    const [first] = waiting
    if (first === undefined) return
    const group = new CfnScheduleGroup(this, 'Timers', {
      name: first.placement.scheduleGroup,
      tags: [{ key: 'gavotte:app', value: app.name }],
    })
    group.applyRemovalPolicy(nodes[node]?.defaults?.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
    for (const one of waiting) one.function.node.addDependency(group)
  }

  #checkSize(node: string): void {
    // One is the CDK's own metadata.
    const count = this.node.findAll().filter((one) => CfnResource.isCfnResource(one)).length + 1
    if (count < resourcesWarned) return
    const fit = Math.floor(resourcesMax / (count / this.functions.size))
    const said = `node ${node} has ${count} resources for ${this.functions.size} processes, and CloudFormation takes ${resourcesMax}: about ${fit} such processes fit, put some on another node`
    if (count >= resourcesMax) throw new Misconfigured('node-too-large', said)
    Annotations.of(this).addWarningV2('gavotte:node-too-large', said)
  }
}
