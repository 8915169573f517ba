// What a handler is given: its draft of the state, and verbs whose effects leave with the commit.
import type { Breaker } from '../core/breaker.ts'
import { isAwaited } from '../core/conclude.ts'
import { type Contract, methods } from '../core/contract.ts'
import type { Process } from '../core/definition.ts'
import { digest } from '../core/digest.ts'
import type { Duration } from '../core/duration.ts'
import type { SendEffect, TimerEffect } from '../core/effect.ts'
import { type Envelope, isTooDeep } from '../core/envelope.ts'
import { Defect, Rejected } from '../core/errors.ts'
import type { Draft } from '../core/hop.ts'
import { awaitedMax, bodyBytesMax, depthMax, effectsBytesMax, envelopeBytes, timerBodyBytesMax } from '../core/limits.ts'
import { address, demandInstanceId } from '../core/names.ts'
import { draws } from '../core/random.ts'
import type { RowEffect } from '../core/row.ts'
import { demand, type Schema, type Schemas } from '../core/schema.ts'
import { deadlineType, demandDelay, demandDue, demandRoom, demandTimerName } from '../core/waits.ts'
import type { Host } from './host.ts'
import { throughOf } from './outside.ts'
import { type OpenRows, openRows } from './rows.ts'
import { watching } from './watching.ts'

/** What a context is made for. */
export interface Occasion {
  readonly envelope: Envelope
  /** A copy that the handler may change. */
  readonly state: unknown
  readonly attempt: number
  /** When the handler must have come to its end, ms since 1970. */
  readonly deadline: number
}

interface Sent {
  readonly sends: SendEffect[]
  readonly timers: Map<string, TimerEffect | undefined>
  /** Rows that are written, by key. */
  rows: Map<string, RowEffect> | undefined
  /** By address. */
  readonly monitoring: Map<string, 'begun' | 'gone'>
  /** Of all that they carry. */
  bytes: number
}

export interface Opened {
  readonly surface: { state: unknown }
  readonly sent: Readonly<Sent>
  readonly ended: boolean
  /** Rows, where the process has some. */
  readonly rows: OpenRows | undefined
  readonly close: () => void
}

export const contextOf = (
  process: Process,
  host: Host,
  draft: Draft,
  { envelope, state, attempt, deadline }: Occasion,
): Opened => {
  const { contract, internal } = process
  const self = { process: contract.name, id: draft.base.instance }
  const own = (): Schemas => ({ ...contract.messages, ...internal })
  const chance = draws(`${envelope.id}>${address(self.process, self.id)}`)
  const gate = gateOf(`${self.process}.${envelope.type}`)
  const out = outboxOf(process, host, draft, envelope)
  let ended = false
  let asked = 0
  const used = usedBy(process)
  const { rows: schema } = process
  const rows =
    typeof GAVOTTE_WITHOUT_ROWS === 'undefined' && schema !== undefined
      ? openRows({ process: self.process, schema, host, draft, out, pass: gate.pass })
      : undefined
  const sender = (types: Schemas, name: string, to: string) =>
    methods(types, (type, body) => {
      gate.pass()
      demand(types[type] as Schema, body, `${name}.${type}`)
      out.send({ process: name, to, type, body })
    })
  const timers = (
    options: { readonly name?: string } | undefined,
    due: () => { readonly due: number; readonly every?: number },
  ) => {
    const types = own()
    return methods(types, (type, body) => {
      gate.pass()
      demand(types[type] as Schema, body, `${self.process}.${type}`)
      out.set({ name: demandTimerName(options?.name ?? type), type, body, ...due() })
    })
  }
  const inMs = (ms: number): number => host.clock.now() + ms
  const surface = {
    state,
    self,
    now: new Date(envelope.at),
    attempt,
    random: chance.random,
    newId: chance.newId,
    idempotencyKey: (name: string) => `${envelope.id}>${address(self.process, self.id)}/${name}`,
    send: (to: Contract, id: string) => sender(used(to).messages, to.name, demandInstanceId(id)),
    ...watching(process, host, draft, { out, gate, used }),
    sendSelf: () => sender(own(), self.process, self.id),
    request: (of: Contract, id: string) => {
      const { name, calls } = used(of)
      const to = demandInstanceId(id)
      return methods(calls, (type, body, options) => {
        gate.pass()
        const { outcome, within = '1m' } = (options ?? {}) as { readonly outcome?: string; readonly within?: Duration }
        if (outcome === undefined || !Object.hasOwn(internal, outcome))
          throw new Rejected('no-outcome', `${name}.${type}: name the internal message that brings its outcome: { outcome: '…' }`)
        demand(calls[type]?.request as Schema, body, `${name}.${type}`)
        const timer = `~call/${digest(envelope.id)}/${asked++}`
        const due = inMs(demandDelay(within, `the deadline of ${name}.${type}`))
        out.set({ name: timer, type: deadlineType, body: {}, due })
        out.send({ process: name, to, type, body, asks: { outcome, timer } })
      })
    },
    after: (delay: Duration, options?: { readonly name?: string }) =>
      timers(options, () => ({ due: inMs(demandDelay(delay, 'the delay of a timer')) })),
    at: (due: Date, options?: { readonly name?: string }) => timers(options, () => ({ due: due.getTime() })),
    every: (period: Duration, options?: { readonly name?: string }) =>
      timers(options, () => {
        const every = Math.max(1000, demandDelay(period, 'the period of a timer'))
        return { due: inMs(every), every }
      }),
    cancel: (name: string) => {
      gate.pass()
      out.drop(demandTimerName(name))
    },
    read: async (of: Contract, id: string) => {
      const text = await host.views.read(used(of).name, demandInstanceId(id))
      return text === undefined || of.view === undefined ? undefined : demand(of.view, JSON.parse(text), `${of.name}'s view`)
    },
    outside: (breaker: Breaker, work: () => unknown) => throughOf(breaker)(host, breaker, work, deadline),
    end: () => {
      gate.pass()
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
    ...(rows && { rows: rows.surface }),
  }
  return {
    surface,
    sent: out.sent,
    rows,
    get ended() {
      return ended
    },
    close: gate.close,
  }
}

/** The types have kept others out; without a route the instance would be stuck on what it sends. @returns a check that throws Rejected */
export const usedBy =
  ({ contract, uses }: Process) =>
  (other: Contract): Contract => {
    if (other.name === contract.name || uses.some(({ name }) => name === other.name)) return other
    throw new Rejected('not-in-uses', `${contract.name} does not use ${other.name}: add it to uses, and deploy`)
  }

/** Through which every verb passes while the handler runs. */
export interface Gate {
  /** @throws Defect once it has ended */
  readonly pass: () => void
  readonly close: () => void
}

// What a handler begins and does not await would come to nothing, or to something in another's commit.
const gateOf = (handler: string): Gate => {
  let open = true
  return {
    pass: (): void => {
      if (!open) throw new Defect('context-closed', `${handler} used its context after it had ended: await what you begin`)
    },
    close: (): void => {
      open = false
    },
  }
}

type Address = Pick<SendEffect, 'process' | 'to' | 'type' | 'body'>

/** What is to leave with a commit. */
export interface Outbox {
  readonly sent: Readonly<Sent>
  readonly send: (message: Address & Pick<SendEffect, 'asks'>) => void
  readonly set: (timer: Pick<TimerEffect, 'name' | 'type' | 'body' | 'due' | 'every'>) => void
  /** @param bytes that it counts towards what one handler may leave */
  readonly write: (row: RowEffect, bytes: number) => void
  /** The timer of this name is not set any more. */
  readonly drop: (name: string) => void
}

/** @throws Rejected if the process has no timer queue */
export const demandTimers = ({ contract, deploy }: Process): void => {
  if (!deploy.timers)
    throw new Rejected(
      'no-timers',
      `${contract.name} has no timer queue: set deploy: { timers: true } in its definition, and deploy`,
    )
}

/** Collects what leaves with the commit, within its bounds. @param envelope of the message behind it */
export const outboxOf = (process: Process, host: Host, draft: Draft, { id, trace, hops }: Envelope): Outbox => {
  const { instance } = draft.base
  const sent: Sent = { sends: [], timers: new Map(), monitoring: new Map(), rows: undefined, bytes: 0 }
  let awaited: number | undefined
  const awaitOneMore = (): void => {
    awaited ??= draft.awaits.length + draft.effects.filter((effect) => isAwaited(effect, process, instance)).length
    if (++awaited > awaitedMax)
      throw new Rejected(
        'too-many-self-sends',
        `over ${awaitedMax} internal messages of ${instance} to itself are under way: send the next when one comes`,
      )
  }
  const weigh = (bytes: number): void => {
    sent.bytes += bytes
    if (sent.bytes > effectsBytesMax)
      throw new Rejected(
        'too-much-sent',
        `one handler leaves over ${effectsBytesMax} bytes to be done: spread it over several messages`,
      )
  }
  const take = (given: unknown, what: string, bytesMax?: number): unknown => {
    const { body, bytes } = copied(given, what, bytesMax)
    weigh(bytes + envelopeBytes)
    return body
  }
  const send = ({ process: name, to, type, body: given, asks }: Address & Pick<SendEffect, 'asks'>): void => {
    const body = take(given, `${name}.${type}`)
    const effect: SendEffect = {
      kind: 'send',
      process: name,
      to,
      type,
      body,
      trace,
      cause: id,
      hops: hops + 1,
      ...(asks !== undefined && { asks }),
    }
    if (isAwaited(effect, process, instance)) awaitOneMore()
    sent.sends.push(effect)
  }
  const set = ({ body: given, due, ...timer }: Pick<TimerEffect, 'name' | 'type' | 'body' | 'due' | 'every'>): void => {
    demandTimers(process)
    demandRoom(new Set([...draft.timers.keys(), ...sent.timers.keys()]).size)
    const body = take(given, `the timer ${timer.name}`, timerBodyBytesMax)
    sent.timers.set(timer.name, { kind: 'timer', ...timer, body, due: demandDue(due, host.clock.now()), trace, cause: id })
  }
  const write = (row: RowEffect, bytes: number): void => {
    weigh(bytes)
    sent.rows ??= new Map()
    sent.rows.set(row.key, row)
  }
  return { sent, send, set, write, drop: (name) => void sent.timers.set(name, undefined) }
}

/** A copy of a body, and its bytes. @throws Rejected if JSON cannot carry it, or a queue message */
export const copied = (
  given: unknown,
  what: string,
  bytesMax = bodyBytesMax,
): { readonly body: unknown; readonly bytes: number } => {
  const text = JSON.stringify(given)
  const bytes = Buffer.byteLength(text)
  if (bytes > bytesMax) {
    throw new Rejected(
      'message-too-large',
      `the body of ${what} has ${bytes} bytes, at most ${bytesMax} fit a queue message: send a reference to it`,
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
