// What records say of flows, judged from outside: a journal only grows, what waits is listed, and what is over leaves nothing behind.
import { type FlowEvent, type FlowState, type Flows, flowTimer, labelOf, parseFlowTimer, thrownBy } from '../core/journal.ts'
import { flowOutcome, type Waits } from '../core/waits.ts'

/** A commit of one instance. */
export interface Reflowed {
  /** Address of the instance. */
  readonly of: string
  readonly before: Flows
  readonly after: Flows
  /** What its record listed before, and what it lists now. */
  readonly waited: Waits
  readonly waits: Waits
  /** First messages of flows that began in it. */
  readonly begun: ReadonlySet<string>
  /** How many messages for flows it took, so that one of them has them or they wait for one. */
  readonly received: number
  /** Whether the instance goes on: it does not end in it. */
  readonly lives: boolean
}

type Violation = (invariant: string, text: string) => void

/** Notes what a commit may not do with flows. */
export const checkFlows = (commit: Reflowed, violation: Violation): void => {
  const { of, before, after, waits, lives } = commit
  if (before.running.length + after.running.length + before.unreceived.length + after.unreceived.length === 0) return
  const earlier = new Map(before.running.map((flow) => [flow.id, flow]))
  for (const flow of after.running) {
    const stood = earlier.get(flow.id)
    if (stood !== undefined) demandGrown(of, stood, flow, violation)
    else if (!commit.begun.has(flow.start.id))
      violation('I3', `${of} has a flow of ${flow.start.id}, which did not begin in this commit`)
    demandWaits(of, flow, waits, violation)
  }
  demandNothingLeft(commit, violation)
  if (!lives) return
  demandOutcomes(commit, violation)
  demandReceived(commit, violation)
}

// Whatever was committed is met again by every replay.
const demandGrown = (of: string, before: FlowState, after: FlowState, violation: Violation): void => {
  const same = (a: readonly unknown[], b: readonly unknown[]): boolean =>
    a.length <= b.length && JSON.stringify(a) === JSON.stringify(b.slice(0, a.length))
  if (!same(before.ops, after.ops)) violation('I6', `${of} changed what its flow ${before.start.id} had done`)
  if (!same(before.events, after.events)) violation('I6', `${of} changed what had come of its flow ${before.start.id}`)
  const steps = new Set<number>()
  for (const event of after.events) {
    if (!('op' in event) || !isWork(after, event.op)) continue
    if (steps.has(event.op)) violation('I2', `${of} did ${labelAt(after, event.op)} of the flow ${after.start.id} twice`)
    steps.add(event.op)
  }
}

const labelAt = ({ ops }: FlowState, op: number): string => {
  const at = ops[op]
  return at === undefined ? '' : labelOf(at)
}
const isWork = (flow: FlowState, op: number): boolean => /^(step|read) /.test(labelAt(flow, op))

/** Operations of which nothing is to come. */
const immediate: ReadonlySet<string> = new Set(['update', 'send', 'end', 'monitor', 'demonitor'])

// What a flow waits for must be able to come. What it begins after it was cancelled cannot be told from what it began before.
const demandWaits = (of: string, flow: FlowState, { timers, calls }: Waits, violation: Violation): void => {
  if (flow.running) return
  const came = new Set(flow.events.flatMap((event) => ('op' in event ? [event.op] : [])))
  const cancelled = flow.events.some((event) => 'cancelled' in event)
  const asked = new Set([...calls.values()].map(({ timer }) => timer))
  const fates = flow.ops.flatMap((_, op) => {
    const [kind = ''] = labelAt(flow, op).split(' ')
    if (came.has(op) || immediate.has(kind) || thrownBy(flow.ops[op] ?? '') !== undefined) return []
    const timer = flowTimer(flow.id, op)
    const comes = kind === 'receive' || (timers.has(timer) && (kind !== 'call' || asked.has(timer)))
    return [{ op, comes }]
  })
  for (const { op, comes } of fates)
    if (!comes && !cancelled)
      violation('I5', `${of} waits for "${labelAt(flow, op)}" of its flow ${flow.start.id}, which nothing will bring`)
  if (!fates.some(({ comes }) => comes)) violation('I5', `${of} has a flow of ${flow.start.id} that waits for nothing`)
}

const demandNothingLeft = ({ of, after, waits }: Reflowed, violation: Violation): void => {
  const running = new Set(after.running.map(({ id }) => id))
  for (const name of waits.timers.keys()) {
    const flow = parseFlowTimer(name)?.flow
    if (flow !== undefined && !running.has(flow)) violation('I5', `${of} lists the timer ${name} of a flow that is over`)
  }
  if (after.running.length === 0 && after.unreceived.length > 0)
    violation('I1', `${of} keeps ${after.unreceived.length} messages for flows, and none runs`)
}

// An answer that a flow asked for goes into its journal, or is its end.
const demandOutcomes = ({ of, after, waited, waits }: Reflowed, violation: Violation): void => {
  for (const [request, { of: callee, outcome, timer }] of waited.calls) {
    if (outcome !== flowOutcome || waits.calls.has(request)) continue
    const { flow: id, op } = parseFlowTimer(timer) ?? {}
    const flow = after.running.find((one) => one.id === id)
    if (flow !== undefined && !flow.events.some((event) => 'op' in event && event.op === op))
      violation('I1', `${of} waits no more for the answer of ${callee}, and its flow ${flow.start.id} has none`)
  }
}

// Each message for flows comes to one of them, or waits. What a flow received that has ended is not to be seen any more.
const demandReceived = ({ of, before, after, begun, received }: Reflowed, violation: Violation): void => {
  const known = new Map(before.running.map((flow) => [flow.id, flow]))
  const left = new Set(startsOf(after))
  if ([...startsOf(before), ...begun].some((id) => !left.has(id))) return
  const taken = after.running.reduce((sum, flow) => sum + receptions(flow, known.get(flow.id)?.events.length ?? 0), 0)
  const there = messagesIn(before) + received
  const kept = messagesIn(after) + taken
  if (there !== kept && after.running.length > 0)
    violation(kept < there ? 'I1' : 'I2', `${of} had ${there} messages for its flows, and now they have ${kept}`)
}

/** Messages that wait for a flow. What a monitor tells is none: a round came to an end, and the books of monitors know. */
const messagesIn = ({ unreceived }: Flows): number => unreceived.filter(({ type }) => type !== 'Down' && type !== 'Up').length

const receptions = (flow: FlowState, from: number): number => {
  const isReceived = (event: FlowEvent): boolean =>
    'op' in event && 'value' in event && /^receive (?!Down$|Up$)/.test(labelAt(flow, event.op))
  return flow.events.slice(from).filter(isReceived).length
}

/** The first messages of flows under way: what those do, they do on behalf of them. */
export const startsOf = ({ running }: Flows): readonly string[] => running.map(({ start }) => start.id)

/** Keys of the steps that flows of `of` have come to. */
export const stepsOf = ({ running }: Flows, of: string): readonly string[] =>
  running.flatMap((flow) => flow.ops.flatMap((_, op) => (isWork(flow, op) ? [`${flow.start.id}>${of}/${op}`] : [])))

/** Flows that have steps to do. */
export const goingOn = ({ running }: Flows): readonly FlowState[] => running.filter((flow) => flow.running)
