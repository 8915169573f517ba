// What a flow is given: verbs that are journaled.
import { CallFailed } from '../core/call.ts'
import { type Contract, methods } from '../core/contract.ts'
import type { Process } from '../core/definition.ts'
import { digest } from '../core/digest.ts'
import type { Duration } from '../core/duration.ts'
import type { Envelope } from '../core/envelope.ts'
import { Rejected } from '../core/errors.ts'
import type { StepOptions } from '../core/flow.ts'
import { flowTimer, receiveLabel } from '../core/journal.ts'
import { stepAttemptsDefault, stepDelayDefault } from '../core/limits.ts'
import { address, demandInstanceId } from '../core/names.ts'
import { draws } from '../core/random.ts'
import { demand, parse, type Schema } from '../core/schema.ts'
import { deadlineType, demandDelay, flowOutcome } from '../core/waits.ts'
import { copied, usedBy } from './context.ts'
import { outsideFlow } from './flow-guard.ts'
import { immediately, type Live } from './flow-operation.ts'
import type { FlowRun } from './flow-run.ts'
import { left } from './handle.ts'
import type { Host } from './host.ts'
import { monitoring } from './watching.ts'

export interface FlowContextParts {
  readonly run: FlowRun
  readonly process: Process
  readonly host: Host
  readonly instance: string
  /** The message that began it. */
  readonly start: Envelope
}

export const flowContextOf = ({ run, process, host, instance, start }: FlowContextParts): object => {
  const { contract, internal } = process
  const self = { process: contract.name, id: instance }
  const flow = digest(start.id)
  const chance = draws(`${start.id}>${address(self.process, self.id)}`)
  const used = usedBy(process)
  const wait = (out: Live, op: number, delay: Duration, what: string): string => {
    const name = flowTimer(flow, op)
    out.outbox.set({ name, type: deadlineType, body: {}, due: host.clock.now() + demandDelay(delay, what) })
    return name
  }
  return {
    self,
    get now() {
      return outsideFlow(() => new Date(run.now))
    },
    random: chance.random,
    newId: chance.newId,
    update: (change: (state: unknown) => unknown) =>
      run.begin({
        label: 'update',
        decode: immediately,
        live: (_, out) => {
          // What it throws, or leaves of no use, leaves no trace.
          const held = structuredClone(out.state)
          const value = change(held)
          left(process, instance, held)
          out.state = held
          return value === undefined ? undefined : copied(value, 'what an update returns').body
        },
      }),
    send: (to: Contract, id: string) => {
      const { name, messages } = used(to)
      demandInstanceId(id)
      return methods(messages, (type, body) => {
        demand(messages[type] as Schema, body, `${name}.${type}`)
        void run.begin({
          label: `send ${name}.${type}`,
          decode: immediately,
          live: (_, out) => out.outbox.send({ process: name, to: id, type, body }),
        })
      })
    },
    call: (of: Contract, id: string) => {
      const { name, calls } = used(of)
      demandInstanceId(id)
      return methods(calls, (type, body, options) => {
        const { within = '1m' } = (options ?? {}) as { readonly within?: Duration }
        const schema = calls[type] as { readonly request: Schema; readonly reply: Schema }
        return run.begin({
          label: `call ${name}.${type}`,
          live: (op, out) => {
            demand(schema.request, body, `${name}.${type}`)
            const timer = wait(out, op, within, `the deadline of ${name}.${type}`)
            out.outbox.send({ process: name, to: id, type, body, asks: { outcome: flowOutcome, timer } })
          },
          decode: (reply) => {
            const parsed = parse(schema.reply, reply)
            if (parsed.kind === 'valid') return parsed.value
            throw new CallFailed('invalid-reply', `${name}'s reply to ${type}: ${parsed.issues}`)
          },
        })
      })
    },
    read: (of: Contract, id: string) => {
      const { name, view } = used(of)
      demandInstanceId(id)
      return run.begin({
        label: `read ${name}`,
        work: { run: () => host.views.read(name, id), attempts: stepAttemptsDefault, delayMs: 1000, ours: true },
        decode: (text) =>
          text === undefined || view === undefined ? undefined : demand(view, JSON.parse(text as string), `${name}'s view`),
      })
    },
    step: (name: string, work: (key: string) => unknown, { retry = {}, breaker }: StepOptions = {}) => {
      const { attempts = stepAttemptsDefault, delay = stepDelayDefault } = retry
      return run.begin({
        label: `step ${name}`,
        work: { run: work, attempts, delayMs: demandDelay(delay, `the delay of step ${name}`), ...(breaker && { breaker }) },
      })
    },
    sleep: (delay: Duration) => run.begin({ label: 'sleep', live: (op, out) => void wait(out, op, delay, 'a sleep') }),
    receive: (type: string, { within }: { readonly within?: Duration } = {}) => {
      const schema = contract.messages[type] ?? internal[type]
      if (schema === undefined) throw new Rejected('unknown-type', `${contract.name} has no message ${type} to receive`)
      return run.begin({
        label: receiveLabel(type),
        live: (op, out) => {
          const n = out.unreceived.findIndex((one) => one.type === type)
          const found = out.unreceived[n]
          if (found !== undefined) {
            out.unreceived = out.unreceived.toSpliced(n, 1)
            run.happened({ op, at: host.clock.now(), value: found.body })
          } else if (within !== undefined) wait(out, op, within, `the deadline of ${type}`)
        },
        decode: (body) => demand(schema, body, `${contract.name}.${type}`),
      })
    },
    monitor: (of: Contract, id: string, options: { readonly within: Duration }) =>
      void run.begin({
        label: `monitor ${of.name}`,
        decode: immediately,
        live: (_, { outbox }) => monitoring(process, host, { out: outbox, used }).monitor(of, id, options),
      }),
    demonitor: (of: Contract, id: string) =>
      void run.begin({
        label: `demonitor ${of.name}`,
        decode: immediately,
        live: (_, { outbox }) => monitoring(process, host, { out: outbox, used }).demonitor(of, id),
      }),
    all: (of: readonly Promise<unknown>[]) => Promise.all(of),
    race: (of: { readonly [name: string]: Promise<unknown> }) =>
      Promise.race(Object.entries(of).map(([won, promise]) => promise.then((value) => ({ won, value })))),
    compensate: (undo: () => void | Promise<void>) => run.compensate(undo),
    end: () =>
      void run.begin({
        label: 'end',
        decode: immediately,
        live: (_, out) => {
          out.ended = true
        },
      }),
    log: (message: string, fields?: { readonly [name: string]: unknown }) => {
      if (run.isLive)
        outsideFlow(() =>
          host.log.write('info', message, { ...fields, process: self.process, instance, trace: start.trace, cause: start.id }),
        )
    },
  }
}
