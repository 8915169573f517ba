// Monitors and orders, judged from outside: what may be sent without a handler's run behind it, and what a record must list of a monitor.
import type { Effect } from '../core/effect.ts'
import type { Envelope } from '../core/envelope.ts'
import { type Monitor, monitorTimer } from '../core/monitor.ts'
import { address } from '../core/names.ts'
import { sweepType } from '../core/row.ts'
import {
  beatType,
  cancelType,
  escalateType,
  monitorOutcome,
  pingType,
  replyType,
  restartType,
  type Waits,
  watchType,
} from '../core/waits.ts'
import type { Violation } from './message-book.ts'

/** Types of messages that no handler takes: the window of seen ids tells that they were taken. */
export const isForInstance = (type: string): boolean =>
  type === cancelType || type === restartType || type === escalateType || type === watchType || type === sweepType

/** Whether an effect is the framework's own: a round of a monitor, or what is passed on to a supervisor. */
export const isOwnAccord = (effect: Effect): boolean =>
  (effect.kind === 'send' && (effect.type === pingType || effect.type === escalateType)) ||
  (effect.kind === 'timer' && effect.type === beatType)

/** The ping that a message answers, by its id; undefined if it is no answer. */
export const pingAnswered = ({ type, body }: Envelope): string | undefined =>
  type === replyType ? String((body as { readonly call?: unknown } | null)?.call) : undefined

interface Monitored {
  /** Address of the instance. */
  readonly of: string
  readonly monitors: ReadonlyMap<string, Monitor>
  readonly waits: Waits
  readonly effects: readonly Effect[]
}

/** Notes what a commit may not do with monitors: each has its timer, and no round but the last is waited for. */
export const checkMonitors = ({ of, monitors, waits: { timers, calls }, effects }: Monitored, violation: Violation): void => {
  const names = new Set([...monitors.keys()].map(monitorTimer))
  for (const name of names) if (!timers.has(name)) violation('I5', `${of} has a monitor without its timer ${name}`)
  for (const name of timers.keys())
    if (name.startsWith('~monitor/') && !names.has(name)) violation('I5', `${of} lists ${name}, and has no monitor of it`)
  const rounds = [...calls.values()].filter(({ outcome }) => outcome === monitorOutcome).map(({ timer }) => timer)
  if (new Set(rounds).size !== rounds.length) violation('I2', `${of} waits for the answers of two rounds of one monitor`)
  for (const effect of effects)
    if (effect.kind === 'send' && effect.asks?.outcome === monitorOutcome && !monitors.has(address(effect.process, effect.to)))
      violation('I3', `${of} asks ${address(effect.process, effect.to)} whether it is there, and does not monitor it`)
}
