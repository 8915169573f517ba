// The verbs of a context by which an instance looks after others: what a supervisor orders and passes on, and whom it monitors.
import type { Contract } from '../core/contract.ts'
import type { Process } from '../core/definition.ts'
import type { Duration } from '../core/duration.ts'
import { Rejected } from '../core/errors.ts'
import type { Draft } from '../core/hop.ts'
import { roundMsMin } from '../core/limits.ts'
import { monitors, monitorTimer } from '../core/monitor.ts'
import { address, demandInstanceId } from '../core/names.ts'
import { type Failed, passedOn, type RestartFrom, supervisorOf } from '../core/supervision.ts'
import { beatType, demandDelay, discardType, monitorOutcome, pingType, redriveType, restartType } from '../core/waits.ts'
import type { Gate, Outbox } from './context.ts'
import type { Host } from './host.ts'

interface Ways {
  readonly out: Outbox
  readonly gate: Gate
  /** @throws Rejected if there is no way to it */
  readonly used: (other: Contract) => Contract
}

export const watching = (process: Process, host: Host, draft: Draft, { out, gate, used }: Ways) => {
  const { contract } = process
  const { instance } = draft.base
  const { monitor, demonitor } = monitoring(process, host, { out, used })
  return {
    supervise: (of: Contract, id: string) => {
      const to = demandInstanceId(id)
      const { name } = used(of)
      const by = address(contract.name, instance)
      const order = (type: string, body: object): void => {
        gate.pass()
        out.send({ process: name, to, type, body })
      }
      return {
        redrive: (failed: string) => order(redriveType, { id: failed, by }),
        discard: (failed: string, why?: string) => order(discardType, { id: failed, by, ...(why !== undefined && { why }) }),
        restart: (failed?: string, options: { readonly from?: RestartFrom; readonly why?: string } = {}) =>
          order(restartType, failed === undefined ? { by } : { id: failed, by, ...options }),
      }
    },
    escalate: (failed: Failed) => {
      gate.pass()
      const supervisor = supervisorOf(process)
      if (supervisor === undefined)
        throw new Rejected('no-supervisor', `${contract.name} has none to pass it on to: name a supervisor in its definition`)
      const { process: name, id: to } = supervisor
      out.send({ process: name, to, type: 'Failed', body: passedOn(failed, process, instance) })
    },
    monitor: (of: Contract, id: string, options: { readonly within: Duration }) => {
      gate.pass()
      monitor(of, id, options)
    },
    demonitor: (of: Contract, id: string) => {
      gate.pass()
      demonitor(of, id)
    },
  }
}

/** The verbs of monitors alone, as flows have them too. */
export const monitoring = (process: Process, host: Host, { out, used }: Omit<Ways, 'gate'>) => {
  // A ping of this very run, of a monitor that is set again or given up.
  const withdraw = (timer: string): void => {
    const { sends } = out.sent
    const at = sends.findIndex(({ asks }) => asks?.timer === timer)
    if (at !== -1) sends.splice(at, 1)
  }
  return {
    monitor: (of: Contract, id: string, { within }: { readonly within: Duration }): void => {
      if (!monitors(process))
        throw new Rejected(
          'no-notices',
          `${process.contract.name} is not told Down and Up: declare internal: { ...monitorNotices }, and leave it its timers`,
        )
      const target = address(used(of).name, demandInstanceId(id))
      const timer = monitorTimer(target)
      const every = Math.max(roundMsMin, demandDelay(within, `the time of the monitor of ${target}`))
      withdraw(timer)
      out.set({ name: timer, type: beatType, body: { of: target }, due: host.clock.now() + every, every })
      out.send({ process: of.name, to: id, type: pingType, body: {}, asks: { outcome: monitorOutcome, timer } })
      out.sent.monitoring.set(target, 'begun')
    },
    demonitor: (of: Contract, id: string): void => {
      const target = address(used(of).name, demandInstanceId(id))
      withdraw(monitorTimer(target))
      out.drop(monitorTimer(target))
      out.sent.monitoring.set(target, 'gone')
    },
  }
}
