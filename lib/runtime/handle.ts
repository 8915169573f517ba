// One message through its handler: what the handler leaves, checked and bounded. The handler's own code runs here and nowhere else.
import type { Answer } from '../core/call.ts'
import type { Process } from '../core/definition.ts'
import type { Envelope } from '../core/envelope.ts'
import { describeError, Rejected, Transient } from '../core/errors.ts'
import { schemaVersion, upgrade } from '../core/evolving.ts'
import type { Draft, Handled } from '../core/hop.ts'
import { stateBytesMax, viewBytesMax } from '../core/limits.ts'
import { sweepOf } from '../core/row.ts'
import { demand, type Schema } from '../core/schema.ts'
import { contextOf, copied } from './context.ts'
import { beforeDeadline } from './deadline.ts'
import type { Host } from './host.ts'

/** What a handler is given besides the draft. */
export interface Turn {
  readonly envelope: Envelope
  /** `call`: what the handler returns is the reply. */
  readonly as: 'message' | 'call'
  /** Of the handler, or of the answer. */
  readonly type: string
  readonly handler: Handler
  readonly body: unknown
  /** Tries of this message, this one included. */
  readonly attempt: number
  /** When a handler that has not come to its end counts as failed, ms since 1970. */
  readonly deadline: number
}

/** What a handler leaves; `answer` where the message is a call, and whether the state is as it was. */
export interface Outcome extends Handled {
  readonly answer?: Answer
  readonly unchanged: boolean
}

/**
 * Runs the handler of a message on a copy of the draft's state; the draft is not touched.
 * @throws whatever the handler throws; Rejected where what it leaves is not valid or too large; Transient if the state is newer than
 *   this code
 */
export const handle = async (process: Process, host: Host, draft: Draft, turn: Turn): Promise<Outcome> => {
  const { as, type, handler } = turn
  const context = contextOf(process, host, draft, { ...turn, state: stateOf(process, draft) })
  const before = as === 'call' ? JSON.stringify(context.surface.state) : undefined
  let reply: unknown
  try {
    const result = handler(context.surface as never, turn.body as never)
    // Query builders and the like are thenables: what can be awaited must be, or it is acknowledged before it is done.
    reply = isThenable(result)
      ? await beforeDeadline(Promise.resolve(result), host, turn.deadline, `the handler of ${type}`)
      : result
  } catch (thrown) {
    throw context.rows?.overtaken ?? thrown
  } finally {
    context.close()
  }
  // Caught by the handler, it is so all the same.
  if (context.rows?.overtaken !== undefined) throw context.rows.overtaken
  const leaves = context.ended ? { state: undefined, view: undefined } : left(process, draft.base.instance, context.surface.state)
  return {
    ...leaves,
    schema: schemaVersion(process.state),
    ...context.sent,
    ...(context.ended && { sends: [...context.sent.sends, ...sweepOf(process, draft.base.instance, turn.envelope)] }),
    unchanged: before !== undefined && leaves.state === before,
    ...(as === 'call' && { answer: answerOf(process, type, reply) }),
  }
}

export type Handler = (ctx: never, body: never) => unknown

const isThenable = (result: unknown): result is PromiseLike<unknown> =>
  typeof (result as PromiseLike<unknown> | undefined)?.then === 'function'

/** What a handler's or a flow's result answers. @throws Rejected if it does not fit the contract */
export const answerOf = ({ contract }: Process, type: string, reply: unknown): Answer => {
  const what = `${contract.name}'s reply to ${type}`
  demand((contract.calls[type] as { readonly reply: Schema }).reply, reply, what)
  return { ok: true, reply: copied(reply, what).body }
}

/** State and view as they are stored. @throws Rejected if they are not valid, or too large */
export const left = (
  process: Process,
  id: string,
  state: unknown,
): { readonly state: string; readonly view: string | undefined } => {
  const { contract, behaviour } = process
  const text = bounded(
    JSON.stringify(state) ?? '',
    stateBytesMax,
    'state-too-large',
    'state',
    'split it into several instances, or keep less',
  )
  // What JSON makes of it is what the next message will load.
  const valid = demand(
    process.state,
    text === '' ? undefined : JSON.parse(text),
    `${contract.name}'s state after the handler, as JSON`,
  )
  if (contract.view === undefined || behaviour.view === undefined) return { state: text, view: undefined }
  const view = behaviour.view(valid as never, id)
  demand(contract.view, view, `${contract.name}'s view`)
  return { state: text, view: bounded(JSON.stringify(view), viewBytesMax, 'view-too-large', 'view', 'publish less') }
}

const bounded = (text: string, bytesMax: number, code: string, what: string, advice: string): string => {
  const bytes = Buffer.byteLength(text)
  if (bytes > bytesMax) throw new Rejected(code, `the ${what} has ${bytes} bytes, at most ${bytesMax}: ${advice}`)
  return text
}

// A copy, so that a handler that throws leaves no trace and one that keeps a reference changes nothing later. A state that this code
// cannot read is no fault of the message: it waits for the deploy that can.
/** The state that a draft has, parsed. */
export const stateOf = ({ contract, state, behaviour }: Process, { base, state: text, schema }: Draft): unknown => {
  if (text === undefined)
    return demand(state, JSON.parse(JSON.stringify(behaviour.initial(base.instance))), `${contract.name}'s initial state`)
  try {
    return demand(state, upgrade(state, schema, JSON.parse(text)), `${contract.name}'s stored state`)
  } catch (thrown) {
    throw new Transient('unreadable-state', `${describeError(thrown).message}: deploy code that reads it (evolving(…).to(…))`, {
      cause: thrown,
    })
  }
}
