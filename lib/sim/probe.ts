// How the ledger knows what was applied: each handler run has a number, which is hidden in the state and committed with it, or not at all.
//
// The derived process behaves as the user's own, but for the faults of handlers that the plan asks for. A run that threw, lost its race
// or died leaves no number in any record; one that is committed twice shows as two numbers of one message.
import type { Rows } from '../core/context.ts'
import type { Process, Reaction } from '../core/definition.ts'
import type { Evolving } from '../core/evolving.ts'
import { address } from '../core/names.ts'
import type { Schema } from '../core/schema.ts'
import { faultOf, planned } from './handler-faults.ts'
import { probedFlow } from './probe-flow.ts'
import { watchedRows } from './probe-rows.ts'
import type { Probe, Probed } from './runs.ts'
import type { Stage } from './stage.ts'

interface ProbedContext {
  state: Probed
  readonly self: { readonly process: string; readonly id: string }
  readonly attempt: number
  readonly idempotencyKey: (name: string) => string
  end: () => void
  rows?: Rows<unknown, unknown>
  [verb: string]: unknown
}

export const probed = (process: Process, stage: Stage, probe: Probe): Process => {
  const { behaviour, contract, rows } = process
  const all = (reactions: { readonly [type: string]: Reaction }) =>
    Object.fromEntries(
      Object.entries(reactions).map(([type, reaction]) => {
        const isLimited = process.limit !== undefined && !Object.hasOwn(process.internal, type)
        return [type, probedReaction(reaction, { stage, probe, rows, ...(isLimited && { limited: process }) })]
      }),
    )
  return {
    ...process,
    state: carrying(process.state),
    behaviour: {
      ...behaviour,
      initial: (id) => ({ runs: probe.ends.get(address(contract.name, id)) ?? [], state: behaviour.initial(id) }),
      on: all(behaviour.on),
      answer: all(behaviour.answer ?? {}),
      ...(behaviour.view !== undefined && { view: ({ state }: Probed, id: string) => behaviour.view?.(state as never, id) }),
    },
  }
}

type Handler = (ctx: unknown, body: unknown) => unknown

interface Site {
  readonly stage: Stage
  readonly probe: Probe
  readonly rows: Schema | undefined
  /** Where its messages are limited. */
  readonly limited?: Process
}

const probedReaction = (reaction: Reaction, site: Site): Reaction => {
  if (typeof reaction === 'function') return probedHandler(reaction as Handler, site)
  if (reaction.kind === 'flow') return probedFlow(reaction, site.stage, site.probe)
  const { otherwise } = reaction
  if (otherwise === undefined) return reaction
  return { ...reaction, otherwise: probedHandler(otherwise as Handler, site) as typeof otherwise }
}

/** Verbs that leave something to be done. */
const acting = [
  'send',
  'sendSelf',
  'request',
  'supervise',
  'escalate',
  'monitor',
  'demonitor',
  'after',
  'at',
  'every',
  'cancel',
  'end',
] as const

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
  const { rows } = ctx
  if (rows !== undefined)
    ctx.rows = {
      ...rows,
      put: (key, value) => {
        acted = true
        rows.put(key, value)
      },
      delete: (key) => {
        acted = true
        rows.delete(key)
      },
    }
  return () => acted || JSON.stringify(ctx.state) !== before
}

const probedHandler =
  (handler: Handler, { stage, probe: { ends, die, environment }, limited, rows: schema }: Site) =>
  (ctx: ProbedContext, body: unknown): unknown => {
    const { ledger, trace, rates, time } = stage
    const key = ctx.idempotencyKey('').slice(0, -1)
    const run = ledger.begin(key)
    if (limited !== undefined && !ledger.isTimer(key))
      rates.began(limited, { instance: ctx.self.id, body }, { number: run, at: time.now(), environment })
    trace.note('handles', key, ctx.attempt)
    const fault = faultOf(ctx, key, stage)
    if (fault === 'handlerHangs') return new Promise(() => {})
    if (fault === 'deadly') {
      die()
      return new Promise(() => {})
    }
    if (ctx.rows !== undefined) ctx.rows = watchedRows(ctx.rows, schema, (deed) => ledger.did(run, deed))
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
      if (ended) ledger.did(run, { kind: 'end' })
      if (ended) ends.set(address(ctx.self.process, ctx.self.id), held.runs)
      return result
    }
    const result = handler(ctx, body)
    return isThenable(result) ? Promise.resolve(result).then(done) : done(result)
  }

const isThenable = (result: unknown): result is PromiseLike<unknown> =>
  typeof (result as PromiseLike<unknown> | undefined)?.then === 'function'

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
