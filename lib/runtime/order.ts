// Orders of supervisors: whether one is followed, and what a restart begins with.
import type { Control } from '../core/admission.ts'
import type { Envelope } from '../core/envelope.ts'
import { schemaVersion } from '../core/evolving.ts'
import { standsStillOn } from '../core/held.ts'
import type { Draft, Handled } from '../core/hop.ts'
import { parseAddress } from '../core/names.ts'
import { applyOrder, applyRefusedOrder } from '../core/orders.ts'
import { roundOf } from '../core/park.ts'
import { type Failed, tell } from '../core/supervision.ts'
import { escalateType } from '../core/waits.ts'
import { left, stateOf } from './handle.ts'
import { findFailed } from './kept.ts'
import type { Message, Scope } from './message.ts'

/** What an instance begins again with. An `initial` that fails shows with the next message, as that of any new instance. */
export const initialOf = ({ process }: Scope, draft: Draft): Pick<Handled, 'state' | 'view' | 'schema'> => {
  const schema = schemaVersion(process.state)
  try {
    return { ...left(process, draft.base.instance, stateOf(process, { ...draft, state: undefined })), schema }
  } catch {
    return { state: undefined, view: undefined, schema }
  }
}

/** An order about a message that failed for good. @param failed it @returns whether it is followed */
export const mayFollow = (
  scope: Scope,
  draft: Draft,
  message: Message,
  { id, how, restart }: Control,
  failed: Parameters<typeof roundOf>[0],
): Promise<boolean> => {
  const isAgain = restart !== undefined || (how === 'redriven' && roundOf(failed) > 0)
  return isAgain ? mayOrder(scope, draft, message, id) : Promise.resolve(true)
}

/** The process whose instance gives an order; undefined for a person. */
const supervisorIn = ({ from = '' }: Envelope): string | undefined =>
  from.startsWith('~') ? undefined : parseAddress(from)?.process

/**
 * Whether an order is followed. What supervisors order too often is not: whoever ordered it is told, once, to pass it on.
 * @param id of the message that it is about; undefined where the instance does not stand still on any
 */
export const mayOrder = async (
  scope: Scope,
  draft: Draft,
  { envelope, delivery }: Message,
  id: string | undefined,
): Promise<boolean> => {
  const { process, host } = scope
  const by = delivery.redriven === true ? undefined : supervisorIn(envelope)
  if (by === undefined) return true
  const order = { by, now: host.clock.now(), restarts: process.supervisor?.restarts }
  if (applyOrder(draft, order)) return true
  const { instance } = draft.base
  host.log.write('warn', 'a supervisor restarts or redrives too often: its order is not followed', {
    process: process.contract.name,
    instance,
    by: envelope.from,
    id,
  })
  const failed = id === undefined ? undefined : await noticeOf(scope, draft, id)
  if (failed === undefined || !applyRefusedOrder(draft, `${failed.id} ${failed.round}`, order)) return false
  const { process: to = '', instance: superior = '' } = parseAddress(envelope.from ?? '') ?? {}
  if (process.uses.some(({ name }) => name === to)) tell(draft, { process: to, id: superior }, escalateType, failed, envelope)
  return false
}

const noticeOf = async ({ process, host }: Scope, draft: Draft, id: string): Promise<Failed | undefined> => {
  const { instance } = draft.base
  const found = await findFailed(host.store, instance, id)
  if (found?.failure === undefined) return undefined
  const { code = '', failure, again } = found
  return {
    process: process.contract.name,
    instance,
    id,
    ...failure,
    code,
    parked: standsStillOn(draft, id),
    round: again?.round ?? 0,
    exhausted: true,
    via: [],
  }
}
