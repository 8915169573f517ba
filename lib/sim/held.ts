// What records hold that no queue would take, judged from outside: it leaves in its order, as it was to be sent, and only when somebody has asked (I1, I4, I7).
import type { Effect } from '../core/effect.ts'
import { failedIdOf, type Held } from '../core/held.ts'
import { address, parseAddress } from '../core/names.ts'
import { keyOf, type Message, type MessageBook, type Violation } from './message-book.ts'

/** What a person mends that refuses something: `queue order`, `timer order`. */
export const mendedBy = (resource: string): string => `refused ${resource.slice(resource.indexOf(' ') + 1)}`

// Instances of simulations have no @ in their names.
const partsOf = (failedId: string): readonly [id: string, receiver: string] => {
  const at = failedId.lastIndexOf('@')
  return [failedId.slice(0, at), failedId.slice(at + 1)]
}

/** What a person mends so that a message can be sent, by the id under which it has failed. */
export const mendedFor = (failedId: string): string => `refused ${parseAddress(partsOf(failedId)[1])?.process}`

type Known = Pick<MessageBook, 'find'>

export const heldMessage = (messages: Known, { id, process, to }: Held): Message | undefined =>
  messages.find(id, address(process, to))

/** By the id under which it has failed. */
export const refusedMessage = (messages: Known, failedId: string): Message | undefined => messages.find(...partsOf(failedId))

/** Ids under which what could not be sent has failed. */
export const refusedIn = (effects: readonly Effect[]): readonly string[] =>
  effects.flatMap((one) => (one.kind === 'fail' && one.failure.reason.code === 'not-sent' ? [one.failure.id] : []))

/** A commit of one instance, as far as it holds anything. */
export interface Reheld {
  /** Address of the instance. */
  readonly of: string
  readonly before: readonly Held[]
  readonly after: readonly Held[]
  readonly effects: readonly Effect[]
  /** What its record had left to be sent, and what this commit sends, held or not. */
  readonly unsent: readonly Message[]
  readonly sends: readonly Message[]
}

/** Notes what a commit may not do with what is held. */
export const checkHeld = (commit: Reheld, messages: Known, violation: Violation): void => {
  const { before, after, effects, sends } = commit
  if (before.length === 0 && after.length === 0 && !effects.some(({ kind }) => kind === 'forward')) return
  demandKept(commit, violation)
  demandOrder(commit, violation)
  demandKnown(commit, messages, violation)
  const receivers = new Set(after.filter(({ due }) => due === undefined).map(receiverOf))
  for (const message of sends)
    if (
      message.kind !== 'timer' &&
      receivers.has(message.receiver) &&
      !after.some((one) => heldMessage(messages, one) === message)
    )
      violation('I4', `${commit.of} sends ${message.id}, and holds what comes before it`)
}

const receiverOf = ({ process, to }: Held): string => address(process, to)
const laneOf = (one: Held): string => (one.due === undefined ? receiverOf(one) : one.id)
const nameOf = (one: Held): string => keyOf(one.id, receiverOf(one))

// What leaves is sent by the same commit, or given up, and its lane leaves with it.
const demandKept = ({ of, before, after, effects }: Reheld, violation: Violation): void => {
  const kept = new Set(after.map(nameOf))
  const forwarded = new Set(effects.flatMap((one) => (one.kind === 'forward' ? nameOf(one) : [])))
  const resolved = new Map(effects.flatMap((one) => (one.kind === 'resolve' ? [[one.id, one.how] as const] : [])))
  const asked = new Set(before.filter((one) => resolved.has(failedIdOf(one))).map(laneOf))
  for (const one of before) {
    if (kept.has(nameOf(one))) {
      if (asked.has(laneOf(one))) violation('I5', `${of} was asked to send ${one.id}, and holds it all the same`)
    } else if (!asked.has(laneOf(one))) violation('I1', `${of} holds ${one.id} no more, and nobody has asked for it`)
    else if (forwarded.has(nameOf(one)) === (resolved.get(failedIdOf(one)) === 'discarded'))
      violation('I1', `${of} holds ${one.id} no more, and ${forwarded.has(nameOf(one)) ? 'sends' : 'does not send'} it`)
  }
}

const demandOrder = ({ of, before, after, effects }: Reheld, violation: Violation): void => {
  const places = new Map(before.map((one, n) => [nameOf(one), n]))
  const demand = (some: readonly Held[], what: string): void => {
    const numbers = some.flatMap((one) => places.get(nameOf(one)) ?? [])
    if (numbers.some((number, n) => number < (numbers[n - 1] ?? 0))) violation('I4', `${of} turns round ${what}`)
  }
  demand(after, 'what it holds')
  for (const lane of Map.groupBy(
    effects.flatMap((one) => (one.kind === 'forward' ? [one] : [])),
    laneOf,
  ).values())
    demand(lane, 'what it held')
}

// What comes to be held is what could not be sent, or waits behind it.
const demandKnown = ({ of, before, after, unsent, sends }: Reheld, messages: Known, violation: Violation): void => {
  const known = new Set(before.map(nameOf))
  for (const one of after) {
    if (known.has(nameOf(one))) continue
    const message = heldMessage(messages, one)
    if (message === undefined || !(unsent.includes(message) || sends.includes(message)))
      violation('I3', `${of} holds ${one.id}, which it was not to send`)
    else if (message.text !== one.text) violation('I7', `${of} holds ${one.id} otherwise than it was to be sent`)
  }
}
