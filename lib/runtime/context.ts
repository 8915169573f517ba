// One message through its handler: a context over a copy of the state, and what comes of it. The handler's own code runs here and nowhere else.
import { type Contract, methods } from '../core/contract.ts'
import type { Process } from '../core/definition.ts'
import type { SendEffect } from '../core/effect.ts'
import { type Envelope, isTooDeep } from '../core/envelope.ts'
import { Defect, describeError, Rejected, Transient } from '../core/errors.ts'
import { schemaVersion, upgrade } from '../core/evolving.ts'
import { type Draft, type Handled, isAwaited } from '../core/hop.ts'
import {
  awaitedMax,
  bodyBytesMax,
  depthMax,
  effectsBytesMax,
  envelopeBytes,
  stateBytesMax,
  viewBytesMax,
} from '../core/limits.ts'
import { address, demandInstanceId } from '../core/names.ts'
import { draws } from '../core/random.ts'
import { demand, type Schema } from '../core/schema.ts'
import type { Host } from './host.ts'

/** What a handler is given besides the draft. */
export interface Turn {
  readonly envelope: Envelope
  readonly body: unknown
  /** Tries of this message, this one included. */
  readonly attempt: number
  /** When a handler that has not come to its end counts as failed, ms since 1970. */
  readonly deadline: number
}

/**
 * Runs the handler of a message on a copy of the draft's state; the draft is not touched.
 * @throws whatever the handler throws; Rejected where what it leaves is not valid or too large; Transient if the state is newer than
 *   this code
 */
export const handle = async (process: Process, host: Host, draft: Draft, turn: Turn): Promise<Handled> => {
  const id = draft.base.instance
  const sent: Sent = { effects: [], bytes: 0 }
  const context = contextOf(process, host, draft, turn, sent)
  const { type } = turn.envelope
  const handler = Object.hasOwn(process.behaviour.on, type) ? process.behaviour.on[type] : undefined
  if (handler === undefined) throw new Rejected('missing-handler', `${process.contract.name} has no handler for ${type}`)
  try {
    const result = handler(context.surface as never, turn.body as never)
    // Query builders and the like are thenables: what can be awaited must be, or it is acknowledged before it is done.
    if (typeof result?.then === 'function') await beforeDeadline(Promise.resolve(result), host, turn)
  } finally {
    context.close()
  }
  return {
    ...(context.ended ? { state: undefined, view: undefined } : left(process, id, context.surface.state)),
    schema: schemaVersion(process.state),
    sends: sent.effects,
    bytes: sent.bytes,
  }
}

const left = (process: Process, id: string, state: unknown): { readonly state: string; readonly view: string | undefined } => {
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

const beforeDeadline = async (running: Promise<void>, { clock }: Host, { deadline, envelope }: Turn): Promise<void> => {
  const timer = clock.after(Math.max(0, deadline - clock.now()))
  const late = timer.elapsed.then(() => {
    throw new Error(
      `the handler of ${envelope.type} did not come to its end before the function's timeout: raise timeoutSeconds, or await less`,
    )
  })
  running.catch(() => {})
  try {
    await Promise.race([running, late])
  } finally {
    timer.cancel()
  }
}

interface Sent {
  readonly effects: SendEffect[]
  /** Of their bodies. */
  bytes: number
}

interface Opened {
  readonly surface: { state: unknown }
  readonly ended: boolean
  readonly close: () => void
}

const contextOf = (process: Process, host: Host, draft: Draft, turn: Turn, sent: Sent): Opened => {
  const { contract, internal } = process
  const { envelope } = turn
  const self = { process: contract.name, id: draft.base.instance }
  const chance = draws(`${envelope.id}>${address(self.process, self.id)}`)
  let open = true
  let ended = false
  const whileOpen = (): void => {
    if (!open)
      throw new Defect(
        'context-closed',
        `${self.process}.${envelope.type} used its context after it had ended: await what you begin`,
      )
  }
  // The types have kept others out; without a route the instance would be stuck on what it sends.
  const used = (other: Contract): Contract => {
    if (other.name === self.process || process.uses.some(({ name }) => name === other.name)) return other
    throw new Rejected('not-in-uses', `${self.process} does not use ${other.name}: add it to uses, and deploy`)
  }
  let awaited: number | undefined
  const awaitOneMore = (): void => {
    awaited ??= draft.awaits.length + draft.effects.filter((effect) => isAwaited(effect, process, self.id)).length
    if (++awaited > awaitedMax)
      throw new Rejected(
        'too-many-self-sends',
        `over ${awaitedMax} internal messages of ${self.id} to itself are under way: send the next when one comes`,
      )
  }
  const sender = (types: Contract['messages'], name: string, to: string) =>
    methods(types, (type, given) => {
      whileOpen()
      demand(types[type] as Schema, given, `${name}.${type}`)
      const { body, bytes } = copied(given, `${name}.${type}`)
      sent.bytes += bytes + envelopeBytes
      if (sent.bytes > effectsBytesMax)
        throw new Rejected('too-much-sent', `one handler sends over ${effectsBytesMax} bytes: spread it over several messages`)
      const effect: SendEffect = {
        kind: 'send',
        process: name,
        to,
        type,
        body,
        trace: envelope.trace,
        cause: envelope.id,
        hops: envelope.hops + 1,
      }
      if (isAwaited(effect, process, self.id)) awaitOneMore()
      sent.effects.push(effect)
    })
  const surface = {
    state: stateOf(process, draft),
    self,
    now: new Date(envelope.at),
    attempt: turn.attempt,
    random: chance.random,
    newId: chance.newId,
    idempotencyKey: (name: string) => `${envelope.id}>${address(self.process, self.id)}/${name}`,
    send: (to: Contract, id: string) => sender(used(to).messages, to.name, demandInstanceId(id)),
    sendSelf: () => sender({ ...contract.messages, ...internal }, self.process, self.id),
    read: async (of: Contract, id: string) => {
      const text = await host.views.read(used(of).name, demandInstanceId(id))
      return text === undefined || of.view === undefined ? undefined : demand(of.view, JSON.parse(text), `${of.name}'s view`)
    },
    end: () => {
      whileOpen()
      ended = true
    },
    log: (message: string, fields?: { readonly [name: string]: unknown }) =>
      host.log.write('info', message, {
        ...fields,
        process: self.process,
        instance: self.id,
        trace: envelope.trace,
        cause: envelope.id,
      }),
  }
  return {
    surface,
    get ended() {
      return ended
    },
    close: () => {
      open = false
    },
  }
}

// A copy, so that a handler that throws leaves no trace and one that keeps a reference changes nothing later. A state that this code
// cannot read is no fault of the message: it waits for the deploy that can.
const stateOf = ({ contract, state, behaviour }: Process, { base, state: text, schema }: Draft): unknown => {
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

const copied = (given: unknown, what: string): { readonly body: unknown; readonly bytes: number } => {
  const text = JSON.stringify(given)
  const bytes = Buffer.byteLength(text)
  if (bytes > bodyBytesMax) {
    throw new Rejected(
      'message-too-large',
      `the body of ${what} has ${bytes} bytes, at most ${bodyBytesMax} fit a queue message: send a reference to it`,
    )
  }
  const body: unknown = JSON.parse(text)
  if (isTooDeep(body, text.length))
    throw new Rejected(
      'message-too-deep',
      `the body of ${what} is nested deeper than ${depthMax} levels: send it flat, or as text`,
    )
  return { body, bytes }
}
