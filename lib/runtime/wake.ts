// Wakes: messages of an instance to itself that bring nothing, and with which an environment loads, recovers and drains it.
//
// I5: a wake is sent before the commit that needs it, and names the version to come; it waits for that commit, and is late once the version
// stands and nothing is left to be done.
import { deduplicationOf, shardOf } from '../core/digest.ts'
import { encodeEnvelope, envelopeVersion } from '../core/envelope.ts'
import { Refused, Transient } from '../core/errors.ts'
import { delaySecondsMax, wakeReceivesMax } from '../core/limits.ts'
import { address } from '../core/names.ts'
import type { InstanceRecord } from '../core/record.ts'
import { wakeType } from '../core/waits.ts'
import type { Entry, Queue } from '../ports/mailbox.ts'
import type { Scope } from './message.ts'
import type { HopProgress } from './standing.ts'

/**
 * Sends a wake for the commit that follows `base`; by the timer queue where the process has one, so that this invocation has ended when it
 * comes, and else by its own mailbox.
 * @param now of that commit
 * @throws Transient if it could not be sent, Refused if it never will be
 */
export const sendWake = (scope: Scope, { exists, instance, version }: InstanceRecord, now: number): Promise<void> =>
  send(scope, instance, `${exists ? version + 1 : now * 1000}/wake`, now)

/** Sends the wake of a drain: where it never will be sent, whatever set the drain going must do alone, or the next message. */
export const sendDrainWake = async (scope: Scope, base: InstanceRecord, now: number): Promise<void> => {
  await isSent(scope, base.instance, sendWake(scope, base, now))
}

// False if it never will be.
const isSent = async ({ host }: Scope, instance: string, sending: Promise<void>): Promise<boolean> => {
  try {
    await sending
    return true
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown
    host.log.write('warn', 'a drain has no wake', { instance, error: thrown.message })
    return false
  }
}

/** Sends a wake anew that came so often that SQS would give it up, while there is something left to be done. */
export const renewWakes = async (
  scope: Scope,
  { instance, version }: InstanceRecord,
  { left, renewed }: Pick<HopProgress, 'left' | 'renewed'>,
): Promise<void> => {
  const worn = left.filter(
    (one) => one.envelope.type === wakeType && one.delivery.receiveCount >= wakeReceivesMax && !renewed.has(one),
  )
  if (worn.length === 0) return
  const now = scope.host.clock.now()
  // FIFO queues swallow what has the id of a message of the last minutes.
  const isRenewed = await isSent(scope, instance, send(scope, instance, `${version}/wake-${now}`, now))
  if (isRenewed) for (const one of worn) renewed.add(one)
}

const send = async ({ process, host }: Scope, instance: string, which: string, now: number): Promise<void> => {
  const { contract, deploy } = process
  const { name } = contract
  const self = address(name, instance)
  const id = `${self}/${which}`
  const body = encodeEnvelope({
    v: envelopeVersion,
    id,
    to: instance,
    type: wakeType,
    body: {},
    at: now,
    from: self,
    trace: id,
    hops: 0,
  })
  const entry: Entry = { id: '0', body, group: instance, deduplication: deduplicationOf(id, self) }
  // By then this invocation has ended, well or not.
  const delaySeconds = Math.min(delaySecondsMax, deploy.timeoutSeconds + 5)
  const queue: Queue = { role: 'mailbox', process: name, shard: shardOf(instance, host.mailbox.shards(name)) }
  const sending = deploy.timers
    ? host.mailbox.send({ role: 'timer', process: name }, [{ ...entry, delaySeconds }])
    : host.mailbox.send(queue, [entry])
  const failed = (await sending).get('0')
  if (failed === undefined) return
  const text = `${self}: its wake could not be sent (${failed.reason}); try again`
  throw failed.lasting ? new Refused('not-woken', text) : new Transient('not-woken', text)
}
