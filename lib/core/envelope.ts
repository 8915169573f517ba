// The envelope: what travels on a mailbox. JSON, versioned; from outside only `to`, `type` and `body` are needed.
// Its form is public and written down in docs/envelope.md; golden copies of every released form are kept as tests.
import { depthMax, instantMax, messageIdLengthMax } from './limits.ts'
import { instanceIdFault, parseAddress } from './names.ts'

export const envelopeVersion = 1

export interface Envelope {
  readonly v: typeof envelopeVersion
  /** `sender process / sender instance / version / index`, or the client's key. */
  readonly id: string
  /** Instance of the process whose mailbox it is on. */
  readonly to: string
  readonly type: string
  readonly body: unknown
  /** When the sender committed it, ms since 1970, on the sender's clock. */
  readonly at: number
  /** Address of the sender; absent where a client named the message by its own key. */
  readonly from?: string
  /** Correlation: the id of the message from outside that began it all. */
  readonly trace: string
  /** Id of the message behind this one. */
  readonly cause?: string
  /** Messages between this one and the outside, from 0. */
  readonly hops: number
  /** Name of the timer that it is. */
  readonly timer?: string
  /** Address that waits for the answer, where this is a request. */
  readonly reply?: string
}

/** A client's key names an intention: a second try may carry a later time, so it is known by id and not by time. */
export const isKeyed = (envelope: Envelope): boolean => envelope.from === undefined

/** One envelope as JSON text, always with the same order of members (I7). */
export const encodeEnvelope = ({ v, id, to, type, at, from, trace, cause, hops, timer, reply, body }: Envelope): string =>
  JSON.stringify({ v, id, to, type, at, from, trace, cause, hops, timer, reply, body }).replace(refused, escaped)

// SQS takes no U+FFFE and U+FFFF ("#xE000 to #xFFFD"); JSON can spell them. Other control characters JSON.stringify has escaped.
const refused = /[\ufffe\uffff]/g
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16)}`

/** The body of one queue message: an envelope, or an array of them where one commit sends several to one receiver. */
export const encodeBundle = (texts: readonly string[]): string =>
  texts.length === 1 ? (texts[0] as string) : `[${texts.join()}]`

/** What the queue knows of a message, for what an outside envelope leaves out. */
export interface Carrier {
  readonly messageId: string
  readonly sentAt: number
  readonly deduplication?: string
}

export type Arrival =
  | { readonly kind: 'message'; readonly envelope: Envelope }
  /** `instance` where it names one; `id` is the queue's. */
  | {
      readonly kind: 'malformed'
      readonly id: string
      readonly instance: string | undefined
      readonly raw: string
      readonly reason: string
    }

/** Reads the body of one queue message. Never throws: what is malformed comes back with the reason. */
export const decodeBundle = (body: string, carrier: Carrier): readonly Arrival[] => {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch (thrown) {
    return [malformed(body, carrier, 0, `not JSON (${(thrown as Error).message}): send {"to":"…","type":"…","body":{…}}`)]
  }
  if (isTooDeep(json, body.length)) {
    return [malformed(body, carrier, 0, `nested deeper than ${depthMax} levels: send it flat, or as text`)]
  }
  if (!Array.isArray(json)) return [decodeOne(json, carrier, 0)]
  if (json.length === 0) return [malformed(body, carrier, 0, 'an empty array: send at least one envelope')]
  return json.map((one, n) => decodeOne(one, carrier, n))
}

/** @param length of the value's JSON text: what is nested deeply must be long */
export const isTooDeep = (value: unknown, length: number): boolean => length > 2 * depthMax && isDeeper(value, depthMax)
const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' && value !== null && (levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1)))

const malformed = (raw: string, carrier: Carrier, n: number, reason: string, instance?: string): Arrival => ({
  kind: 'malformed',
  id: `sqs/${carrier.messageId}/${n}`,
  instance,
  raw,
  reason,
})

const decodeOne = (json: unknown, carrier: Carrier, n: number): Arrival => {
  if (typeof json !== 'object' || json === null) {
    return malformed(JSON.stringify(json), carrier, n, 'not an object: send {"to":"…","type":"…","body":{…}}')
  }
  const given = json as { readonly [name: string]: unknown }
  const fault = faultOf(given)
  if (fault !== undefined) {
    const named = typeof given.to === 'string' && instanceIdFault(given.to) === undefined ? given.to : undefined
    return malformed(JSON.stringify(json), carrier, n, fault, named)
  }
  return { kind: 'message', envelope: complete(given, carrier, n) }
}

const isText = (value: unknown, lengthMax: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= lengthMax
const isCount = (value: unknown, most: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most

const faultOf = (given: { readonly [name: string]: unknown }): string | undefined => {
  if (given.v !== undefined && given.v !== envelopeVersion) {
    return `envelope version ${JSON.stringify(given.v)}: this code reads version ${envelopeVersion}`
  }
  if (typeof given.to !== 'string') return '"to" is missing: name the instance, as in "to":"42"'
  const instanceFault = instanceIdFault(given.to)
  if (instanceFault !== undefined) return `"to": ${instanceFault}`
  if (!isText(given.type, 128)) return '"type" is missing: name the message, as in "type":"Charge"'
  if (given.id !== undefined && !isText(given.id, messageIdLengthMax))
    return `"id" must be a text of 1 to ${messageIdLengthMax} characters`
  if (given.at !== undefined && !isCount(given.at, instantMax)) return '"at" must be milliseconds since 1970'
  if (given.hops !== undefined && !isCount(given.hops, 1e6)) return '"hops" must be an integer from 0'
  const odd = (['from', 'trace', 'cause', 'timer', 'reply'] as const).find(
    (name) => given[name] !== undefined && !isText(given[name], 1024),
  )
  return odd === undefined ? replyFault(given.reply as string | undefined) : `"${odd}" must be a text of 1 to 1024 characters`
}

// An answer that no queue would take would hold up whoever gives it.
const replyFault = (reply = ''): string | undefined => {
  const caller = parseAddress(reply)
  const fault = caller && instanceIdFault(caller.instance)
  return fault && `"reply": ${fault}`
}

// An outside message without id takes its FIFO deduplication id, a key of the client's choice; else the queue's own id, which names this delivery.
const complete = (given: { readonly [name: string]: unknown }, carrier: Carrier, n: number): Envelope => {
  const key =
    (given.id as string | undefined) ??
    (carrier.deduplication === undefined ? undefined : `${carrier.deduplication}${n === 0 ? '' : `/${n}`}`)
  const id = key ?? `sqs/${carrier.messageId}/${n}`
  const from = (given.from as string | undefined) ?? (key === undefined ? '~sqs' : undefined)
  return {
    v: envelopeVersion,
    id,
    to: given.to as string,
    type: given.type as string,
    body: given.body ?? {},
    at: (given.at as number | undefined) ?? carrier.sentAt,
    ...(from !== undefined && { from }),
    trace: (given.trace as string | undefined) ?? id,
    ...(given.cause !== undefined && { cause: given.cause as string }),
    hops: (given.hops as number | undefined) ?? 0,
    ...(given.timer !== undefined && { timer: given.timer as string }),
    ...(given.reply !== undefined && { reply: given.reply as string }),
  }
}
