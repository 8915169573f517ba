// How the ledger knows what flows have done: the commit that begins one carries a run of its first message, as that of a handler does.
//
// What brings a flow further leaves no run: the books read that in its journal.

import { Misfit } from '../core/errors.ts'
import type { Flow } from '../core/flow.ts'
import type { Driven } from '../core/flow-hop.ts'
import { address } from '../core/names.ts'
import type { Drive, Engine, Running } from '../runtime/flow.ts'
import { isMisfit, planned, poisonOf } from './handler-faults.ts'
import { keyOf } from './message-book.ts'
import { type Probe, type Probed, runsIn, withRuns } from './runs.ts'
import type { Stage } from './stage.ts'

interface ProbedContext {
  update: (change: (held: Probed) => unknown) => Promise<unknown>
  step: (name: string, work: (key: string) => unknown, options?: object) => Promise<unknown>
}
type Run = (ctx: unknown, body: unknown) => Promise<unknown>

export const probedFlow = ({ run, engine }: Flow<never, never, unknown>, stage: Stage, probe: Probe) => ({
  kind: 'flow' as const,
  engine: probedEngine(engine as Engine, stage, probe),
  run: (ctx: ProbedContext, body: unknown): Promise<unknown> => {
    const { update, step } = ctx
    // The flow sees its own state in the place of the probed one.
    ctx.update = (change) => update(({ state }) => change(state as Probed))
    ctx.step = (name, work, options) => step(name, (key) => faulty(key, () => work(key), stage, probe), options)
    return (run as unknown as Run)(ctx, body)
  },
})

/** Tries of a step that are made to fail, at most: all the others do what they do. */
const spoiledMax = 2

const faulty = (key: string, work: () => unknown, stage: Stage, { die }: Probe): unknown => {
  const { faults, ledger, trace } = stage
  trace.note('does', key)
  ledger.does(key)
  const poison = poisonOf(key, stage)
  // What fails is the message that began the flow.
  if (poison !== undefined) ledger.poisoned.add(key.slice(0, key.lastIndexOf('/')))
  const spoiled = ledger.spoiled.get(key) ?? 0
  const fault =
    poison ??
    (spoiled < spoiledMax ? (['handlerThrows', 'handlerHangs'] as const).find((one) => faults.strikes(one, key)) : undefined)
  if (fault === undefined) return work()
  ledger.spoiled.set(key, spoiled + 1)
  if (fault === 'deadly') die()
  if (fault === 'handlerHangs' || fault === 'deadly') return new Promise(() => {})
  throw planned[fault]
}

const probedEngine = (engine: Engine, stage: Stage, probe: Probe): Engine => ({
  open: (process, host, instance, flow): Running => {
    const { ledger, trace } = stage
    const receiver = address(process.contract.name, instance)
    const key = keyOf(flow.start.id, receiver)
    const running = engine.open(process, host, instance, flow)
    let begins = flow.ops.length === 0 && flow.events.length === 0
    return {
      drive: async (draft, drive) => {
        trace.note(begins ? 'begins' : 'goes on', key)
        const run = begins ? ledger.begin(key, 'flow') : undefined
        const fault = poisonIn(drive, begins, key, stage)
        // Of a flow with steps to do nothing is known to stand still on.
        const mayStop = drive.steps === undefined || flow.discarded === true
        if (!begins && mayStop && isMisfit(key, stage)) throw new Misfit('journal-mismatch', 'planned')
        begins = false
        if (fault === 'deadly') {
          probe.die()
          return new Promise(() => {})
        }
        if (fault !== undefined) throw planned[fault]
        return marked(await running.drive(draft, drive), { receiver, before: draft.state, run }, stage, probe)
      },
    }
  },
})

/** A share of what the plan makes fail: nothing is undone of a flow that cannot go on by itself. */
const hopelessShare = 0.2

// What fails for good is the message that begins it, what brings it further, or the flow itself, where it goes on without a message.
const poisonIn = ({ event, steps }: Drive, begins: boolean, key: string, stage: Stage): ReturnType<typeof poisonOf> => {
  if (begins) return poisonOf(key, stage)
  if (event !== undefined) return 'op' in event ? poisonOf(`${key}/${event.op} comes`, stage) : undefined
  return steps === undefined ? undefined : poisonOf(`${key} goes on`, stage, hopelessShare)
}

interface Drawn {
  readonly receiver: string
  /** The state that the flow met, as JSON text. */
  readonly before: string | undefined
  readonly run: number | undefined
}

const marked = (driven: Driven, { receiver, before, run }: Drawn, { ledger }: Stage, { ends }: Probe): Driven => {
  const held = before === undefined ? (ends.get(receiver) ?? []) : runsIn(before)
  const last = held.at(-1)
  // The runs of a commit that stands already are not this one's.
  const own = last !== undefined && ledger.isCommitted(last) ? [] : held
  const runs = run === undefined ? own : [...own, run]
  if (driven.state === undefined && run !== undefined) ledger.did(run, { kind: 'end' })
  if (driven.state === undefined) ends.set(receiver, runs)
  return driven.state === undefined || run === undefined ? driven : { ...driven, state: withRuns(driven.state, runs) }
}
