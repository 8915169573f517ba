// What the framework's own messages do to an instance: orders of supervisors and operators, pings and rounds of monitors. No handler sees
// them, and an instance that stands still takes them as any other.
import type { Admission } from '../core/admission.ts'
import type { Envelope } from '../core/envelope.ts'
import { type Draft, settle } from '../core/hop.ts'
import { timersMax } from '../core/limits.ts'
import { pongOf } from '../core/monitor.ts'
import { address, parseAddress } from '../core/names.ts'
import { applyEscalated, applyRestart, applyWatch } from '../core/supervision.ts'
import type { Host } from './host.ts'
import type { Footing, Message, Scope, Step } from './message.ts'
import { initialOf, mayOrder } from './order.ts'
import { remedy } from './remedy.ts'

export type Obeyed = Extract<Admission, { kind: 'restart' | 'control' | 'escalate' | 'ping' | 'round' | 'watch' }>

const settled: Step = { kind: 'settled' }

export const obey = async (
  scope: Scope,
  draft: Draft,
  message: Message,
  obeyed: Obeyed,
  { fresh, pongs }: Pick<Footing, 'fresh' | 'pongs'>,
): Promise<Step> => {
  const { process, host } = scope
  const { envelope } = message
  const now = host.clock.now()
  switch (obeyed.kind) {
    case 'control':
      return { kind: await remedy(scope, draft, message, obeyed.control, fresh) }
    case 'ping':
      // Whoever asks wants to know how it stands, and not how it stood.
      if (!fresh) return { kind: 'reload' }
      if (isAnswerable(host, envelope)) pongs.push(pongOf(draft, address(process.contract.name, draft.base.instance), envelope))
      return settled
    case 'restart':
      settle(draft, envelope, now)
      if (await mayOrder(scope, draft, message, draft.parked?.id)) applyRestart(draft, process, envelope, initialOf(scope, draft))
      return settled
    case 'escalate':
      settle(draft, envelope, now)
      applyEscalated(draft, process, envelope)
      return settled
    case 'watch':
      settle(draft, envelope, now)
      if (draft.timers.size < timersMax) applyWatch(draft, obeyed.of, obeyed.every, envelope, now)
      else host.log.write('warn', 'an instance is not monitored: too many are', { process: process.contract.name, of: obeyed.of })
      return settled
    case 'round':
      settle(draft, envelope, now)
      return settled
  }
}

/** Whoever asks must be known here, or the instance would be stuck on the answer. */
export const isAnswerable = ({ mailbox }: Host, { reply }: Envelope): boolean => {
  if (reply === undefined) return true
  try {
    return mailbox.shards(parseAddress(reply)?.process ?? '') > 0
  } catch {
    return false
  }
}
