// The hands of whoever is outside of a world: sends, calls, cancels, redrives and discards, now and sometimes once more.
import { CallFailed } from '../core/call.ts'
import { type CallSchema, type Contract, methods } from '../core/contract.ts'
import { deduplicationOf, shardOf } from '../core/digest.ts'
import { type Envelope, encodeEnvelope, envelopeVersion } from '../core/envelope.ts'
import { Transient } from '../core/errors.ts'
import { address, demandInstanceId } from '../core/names.ts'
import { demand, type Schema } from '../core/schema.ts'
import { cancelType, discardType, redriveType } from '../core/waits.ts'
import type { Queue } from '../ports/mailbox.ts'
import type { Cloud, LiveCloud } from './cloud.ts'
import type { Play } from './plan.ts'
import type { Stage } from './stage.ts'
import type { Turns } from './turns.ts'
import type { World } from './world.ts'

/** Whether a play does what it is asked for under this number. */
export const takesPlace = ({ sends }: Play, number: number): boolean => sends === undefined || sends.has(number)

/** The queue of a mailbox that an instance's messages go to. */
export const mailboxOf = (cloud: Cloud, process: string, instance: string): Queue => ({
  role: 'mailbox',
  process,
  shard: shardOf(instance, cloud.process(process).mailboxes.length),
})

/** A client's second try under its key comes at most this much later: past the deduplication window of SQS. */
const retryMsMax = 840_000

export const clientOf = (
  { time, faults, random }: Stage,
  cloud: LiveCloud,
  play: Play,
  turns: Turns,
): Pick<World, 'send' | 'call' | 'cancel' | 'redrive' | 'discard'> => {
  const from = '~client/sim'
  const retries = random.stream('client')
  const envelopeOf = (to: string, type: string, body: unknown, { id, key }: Named): Envelope => ({
    v: envelopeVersion,
    id,
    to,
    type,
    body,
    at: time.now(),
    ...(!key && { from }),
    trace: id,
    hops: 0,
  })
  const dispatch = (process: string, to: string, type: string, body: unknown, named: Named): void => {
    const { id, key } = named
    const envelope = envelopeOf(to, type, body, named)
    const entry = { id: '0', body: encodeEnvelope(envelope), group: to, deduplication: deduplicationOf(id, address(process, to)) }
    cloud.accept(mailboxOf(cloud, process, to), entry, true)
    if (!key || !faults.strikes('duplicate', address(process, to))) return
    faults.bit('duplicate')
    time.after(retries.int(retryMsMax), () => dispatch(process, to, type, body, named))
  }
  const ask = async (of: Contract, to: string, type: string, body: unknown, named: Named): Promise<unknown> => {
    const envelope = envelopeOf(to, type, body, named)
    if (named.key && faults.strikes('duplicate', address(of.name, to))) {
      faults.bit('duplicate')
      const again = { ...envelope, at: time.now() + retries.int(retryMsMax) }
      time.at(again.at, () => void cloud.ask(of.name, again).catch(() => {}))
    }
    const answer = await turns.untilSettled(cloud.ask(of.name, envelope))
    if (!answer.ok) throw new CallFailed(answer.code, answer.message)
    return demand((of.calls[type] as CallSchema).reply, answer.reply, `${of.name}'s reply to ${type}`)
  }
  const nameIt = (options: unknown): { readonly named: Named; readonly takes: boolean } => {
    const key = (options as { readonly key?: string } | undefined)?.key
    const number = play.asked++
    return { named: { id: key ?? `${from}/0/${number}`, key: key !== undefined }, takes: takesPlace(play, number) }
  }
  return {
    send: ({ name, messages }, id) =>
      methods(messages, (type, body, options) => {
        demand(messages[type] as Schema, body, `${name}.${type}`)
        demandInstanceId(id)
        const { named, takes } = nameIt(options)
        if (takes) dispatch(name, id, type, body, named)
      }) as never,
    call: (of, id) =>
      methods(of.calls, (type, body, options) => {
        demand((of.calls[type] as CallSchema).request, body, `${of.name}.${type}`)
        demandInstanceId(id)
        const { named, takes } = nameIt(options)
        const reply = takes
          ? ask(of, id, type, body, named)
          : Promise.reject(new Transient('left-out', 'this run does without it'))
        // Who does not wait for the answer does not miss it.
        reply.catch(() => {})
        return reply
      }) as never,
    redrive: ({ process, instance, id }, options = {}) => {
      const { named, takes } = nameIt(undefined)
      if (takes) dispatch(process, instance, redriveType, { ...options, id }, { ...named, key: true })
    },
    discard: ({ process, instance, id }, options = {}) => {
      const { named, takes } = nameIt(undefined)
      if (takes) dispatch(process, instance, discardType, { ...options, id }, { ...named, key: true })
    },
    cancel: ({ name }, id) => {
      demandInstanceId(id)
      const { named, takes } = nameIt(undefined)
      if (takes) dispatch(name, id, cancelType, {}, named)
    },
  }
}

interface Named {
  readonly id: string
  /** Whether the id is a client's key. */
  readonly key: boolean
}
