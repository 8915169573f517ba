// The door to the constructs.
export { Node, type NodeProps } from './node.ts'
export type { NodeSettings, Nodes, Placement, Plan, ProcessOptions } from './plan.ts'
export { ProcessFunction, type ProcessFunctionProps } from './process-function.ts'
export { Topology, type TopologyProps } from './topology.ts'
export { WebFunction, type WebFunctionProps } from './web-function.ts'
export type { WebOptions, WebPlacement } from './web-plan.ts'
