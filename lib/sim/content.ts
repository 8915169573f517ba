// What queue messages carry, as the books know it.
import { type Arrival, type Carrier, decodeBundle, encodeEnvelope } from '../core/envelope.ts'
import { nowhere } from '../core/failure.ts'
import { address } from '../core/names.ts'
import { kindOf, type MessageKind } from './waits.ts'

export interface Content {
  readonly id: string
  /** Address of the instance that it is for. */
  readonly receiver: string
  readonly type: string
  readonly kind: MessageKind
  /** Address of the sender; undefined for a client with a key of its own. */
  readonly from: string | undefined
  /** The envelope, byte by byte. */
  readonly text: string
  /** It has no id but what its queue calls it by: redriven, it is called otherwise. */
  readonly unnamed?: boolean
}

export const contentOf = (process: string, arrival: Arrival): Content => {
  if (arrival.kind === 'malformed') {
    const { id, instance = nowhere, raw } = arrival
    return { id, receiver: address(process, instance), type: '', kind: 'message', from: undefined, text: raw }
  }
  const { envelope } = arrival
  const { id, to, type, from } = envelope
  return { id, receiver: address(process, to), type, kind: kindOf(envelope), from, text: encodeEnvelope(envelope) }
}

/** A queue that gives no names. */
const nobody: Carrier = { messageId: '', sentAt: 0 }
const idOf = (arrival: Arrival): string => (arrival.kind === 'malformed' ? arrival.id : arrival.envelope.id)

/** What a queue message from outside carries. */
export const contentsOf = (process: string, body: string, carrier: Carrier): readonly Content[] => {
  const bare = decodeBundle(body, nobody).map(idOf)
  return decodeBundle(body, carrier).map((arrival, n) => ({
    ...contentOf(process, arrival),
    unnamed: idOf(arrival) !== bare[n],
  }))
}
