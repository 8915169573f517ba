// The names that users import, door by door, types included: a change here is a change of the public interface.
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { listFiles, parsed, readSource } from './tidy/source.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

const names = (door: string): readonly string[] =>
  parsed(readSource(root, door))
    .module.staticExports.flatMap(({ entries }) => entries)
    .map(({ isType, exportName }) => `${isType ? 'type ' : ''}${exportName.name}`)
    .sort()

test('the doors of the package offer these names', () => {
  const doors = listFiles(root, 'lib').filter((path) => path.endsWith('/index.ts'))
  expect(Object.fromEntries(doors.map((door) => [door, names(door)]))).toMatchInlineSnapshot(`
{
  "lib/aws/index.ts": [
    "DynamoStore",
    "DynamoViews",
    "EventBridgeScheduler",
    "SqsMailbox",
    "connect",
    "toLambda",
    "type CallEvent",
    "type CallHandler",
    "type CallOptions",
    "type CancelOptions",
    "type Client",
    "type ConnectOptions",
    "type ConnectionOptions",
    "type DynamoStoreOptions",
    "type EventBridgeSchedulerOptions",
    "type InvocationContext",
    "type Posted",
    "type QueueEvent",
    "type QueueHandler",
    "type QueueRecord",
    "type QueueResponse",
    "type Route",
    "type Routes",
    "type SendOptions",
    "type SqsMailboxOptions",
    "type TimerRoute",
  ],
  "lib/cdk/index.ts": [
    "Node",
    "ProcessFunction",
    "Topology",
    "type NodeProps",
    "type NodeSettings",
    "type Nodes",
    "type Placement",
    "type Plan",
    "type ProcessFunctionProps",
    "type ProcessOptions",
    "type TopologyProps",
  ],
  "lib/index.ts": [
    "CallFailed",
    "Conflict",
    "Defect",
    "FlowCancelled",
    "GavotteError",
    "Misconfigured",
    "Rejected",
    "StepFailed",
    "Transient",
    "contract",
    "defineApp",
    "defineProcess",
    "evolving",
    "failedNotice",
    "flow",
    "outcomeOf",
    "type App",
    "type Blueprint",
    "type Context",
    "type ContextOf",
    "type Contract",
    "type Definition",
    "type Deploy",
    "type Duration",
    "type Evolving",
    "type Failed",
    "type FlowContext",
    "type FlowContextOf",
    "type Outcome",
    "type Process",
    "type ViewOf",
  ],
  "lib/local/index.ts": [
    "startLocalCloud",
    "type CloudEvent",
    "type LocalCloud",
    "type LocalCloudOptions",
  ],
  "lib/sim/index.ts": [
    "Violated",
    "explore",
    "simulate",
    "summary",
    "type Calls",
    "type Exploration",
    "type ExploreOptions",
    "type Failed",
    "type FaultClass",
    "type FaultCounts",
    "type FaultPlan",
    "type Invariants",
    "type Random",
    "type Sent",
    "type SimulateOptions",
    "type States",
    "type Story",
    "type World",
  ],
}
`)
})
