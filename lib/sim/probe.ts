// How the ledger knows what was applied: each handler run has a number, which is hidden in the state and committed with it, or not at all.
//
// The derived process behaves as the user's own, but for the faults of handlers that the plan asks for. A run that threw, lost its race
// or died leaves no number in any record; one that is committed twice shows as two numbers of one message.
import type { Process } from '../core/definition.ts'
import type { Evolving } from '../core/evolving.ts'
import { address } from '../core/names.ts'
import type { Schema } from '../core/schema.ts'
import type { Stage } from './stage.ts'

/** A user's state with the runs that the commit in the making consists of. */
interface Probed {
  runs: readonly number[]
  state: unknown
}

/** What the probe shares with its environment. */
export interface Probe {
  /** Runs of instances that ended in a commit that is not written yet, by address; the store empties it on each read or write. */
  readonly ends: Map<string, readonly number[]>
  /** Ends the environment, as a handler that runs out of memory does. */
  readonly die: () => void
}

interface ProbedContext {
  state: Probed
  readonly self: { readonly process: string; readonly id: string }
  readonly attempt: number
  readonly idempotencyKey: (name: string) => string
  end: () => void
  [verb: string]: unknown
}

export const probed = (process: Process, stage: Stage, probe: Probe): Process => {
  const { behaviour, contract } = process
  const on = Object.fromEntries(
    Object.entries(behaviour.on).map(([type, handler]) => [
      type,
      typeof handler === 'function' ? probedHandler(handler as Handler, stage, probe) : handler,
    ]),
  )
  const answer = Object.fromEntries(
    Object.entries(behaviour.answer ?? {}).map(([type, handler]) => [
      type,
      typeof handler === 'function' ? probedHandler(handler as Handler, stage, probe) : handler,
    ]),
  )
  return {
    ...process,
    state: carrying(process.state),
    behaviour: {
      ...behaviour,
      initial: (id) => ({ runs: probe.ends.get(address(contract.name, id)) ?? [], state: behaviour.initial(id) }),
      on,
      answer,
      ...(behaviour.view !== undefined && { view: ({ state }: Probed, id: string) => behaviour.view?.(state as never, id) }),
    },
  }
}

type Handler = (ctx: unknown, body: unknown) => unknown

/** Verbs that leave something to be done. */
const acting = ['send', 'sendSelf', 'request', 'after', 'at', 'every', 'cancel', 'end'] as const

// A direct call that changes nothing is answered without a commit: its run must leave no number, or it would change the state.
const changesOf = (ctx: ProbedContext): (() => boolean) => {
  const before = JSON.stringify(ctx.state)
  let acted = false
  for (const verb of acting) {
    const act = ctx[verb] as (...given: unknown[]) => unknown
    ctx[verb] = (...given: unknown[]): unknown => {
      acted = true
      return act(...given)
    }
  }
  return () => acted || JSON.stringify(ctx.state) !== before
}

const probedHandler =
  (handler: Handler, stage: Stage, { ends, die }: Probe) =>
  (ctx: ProbedContext, body: unknown): unknown => {
    const { ledger, trace } = stage
    const key = ctx.idempotencyKey('').slice(0, -1)
    const run = ledger.begin(key)
    trace.note('handles', key, ctx.attempt)
    const fault = faultOf(ctx, key, stage)
    if (fault === 'handlerHangs') return new Promise(() => {})
    if (fault === 'deadly') {
      die()
      return new Promise(() => {})
    }
    // The handler sees its own state in the place of the probed one.
    const { state: held, end } = ctx
    let ended = false
    ctx.state = held.state as Probed
    ctx.end = () => {
      ended = true
      end()
    }
    const changed = ledger.isDirect(key) ? changesOf(ctx) : () => true
    const done = (result: unknown): unknown => {
      if (fault !== undefined) throw planned[fault]
      const counts = changed()
      held.state = ctx.state
      ctx.state = held
      if (!counts) return result
      // The runs of a commit that stands already are not this one's.
      const before = held.runs.length > 0 && ledger.isCommitted(held.runs.at(-1) as number) ? [] : held.runs
      held.runs = [...before, run]
      if (ended) ends.set(address(ctx.self.process, ctx.self.id), held.runs)
      return result
    }
    const result = handler(ctx, body)
    return isThenable(result) ? Promise.resolve(result).then(done) : done(result)
  }

const isThenable = (result: unknown): result is PromiseLike<unknown> =>
  typeof (result as PromiseLike<unknown> | undefined)?.then === 'function'

type HandlerFault = 'handlerThrows' | 'handlerHangs' | 'poison' | 'deadly'
const planned = { handlerThrows: new Error('planned: thrown once'), poison: new Error('planned: thrown always') } as const
/** The share of poison that ends the environment instead of throwing. */
const deadlyShare = 0.3

// What is thrown at random is thrown at the first tries only, so that it does not by chance fail for good; `poison` is what does.
const faultOf = ({ attempt }: ProbedContext, key: string, { faults, random, ledger }: Stage): HandlerFault | undefined => {
  const { poison } = faults.plan
  const draw = poison > 0 ? random.stream(`poison ${key}`).next() : 1
  if (draw < poison && !faults.isMended(key)) {
    faults.happened('poison')
    ledger.poisoned.add(key)
    return draw < poison * deadlyShare ? 'deadly' : 'poison'
  }
  if (attempt > 2) return undefined
  return (['handlerThrows', 'handlerHangs'] as const).find((fault) => faults.strikes(fault, key))
}

const carrying = (schema: Schema): Schema => {
  const { steps, ...rest } = schema as Evolving<Schema>
  const wrapped: Schema = {
    '~standard': {
      version: 1,
      vendor: 'gavotte',
      validate: (value) => {
        const { runs, state } = value as Probed
        const result = schema['~standard'].validate(state)
        if (result instanceof Promise) return result
        return result.issues ? result : { value: { runs, state: result.value } }
      },
    },
  }
  if (steps === undefined) return wrapped
  const carried = steps.map(({ from, upcast }) => ({
    from: carrying(from),
    upcast: ({ runs, state }: Probed) => ({ runs, state: upcast(state as never) }),
  }))
  return { ...rest, ...wrapped, steps: carried } as Schema
}

/** The runs in a state as JSON text. */
export const runsIn = (state: string): readonly number[] => {
  const [, numbers = ''] = /^\{"runs":\[([0-9,]*)\]/.exec(state) ?? []
  return numbers === '' ? [] : numbers.split(',').map(Number)
}

/** The user's own state in a state as JSON text. */
export const stateIn = (state: string): unknown => (JSON.parse(state) as Probed).state
