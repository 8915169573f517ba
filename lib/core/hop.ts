// The decisions of one hop: what becomes of a message before its handler runs, what an outcome does to the draft, what is then committed.
//
// A draft begins as the record and is committed once for all messages of the instance in the unit. I2: a message is judged against the
// draft, so that a duplicate inside one batch counts. I3: what is sent is part of the commit. I6: a version is the base's plus one.
import type { Blueprint } from './definition.ts'
import { digest } from './digest.ts'
import { type Effect, messageId, type SendEffect } from './effect.ts'
import type { Envelope } from './envelope.ts'
import { failureOf, type Reason } from './failure.ts'
import type { Item } from './item.ts'
import { aheadMsMax, attemptsKeptMax, hopsMax, horizonMs } from './limits.ts'
import { address } from './names.ts'
import type { InstanceRecord } from './record.ts'
import { parse, type Schema, type Schemas } from './schema.ts'
import { evict, judgeSeen, type SeenId, type SeenVerdict, seenId } from './seen.ts'

/** A record in the making. It belongs to one unit of one hop and is thrown away if the commit is lost. */
export interface Draft {
  readonly base: InstanceRecord
  /** JSON text, as in the record. */
  state: string | undefined
  schema: number
  view: string | undefined
  window: SeenId[]
  effects: Effect[]
  /** Bytes of what the effects carry, roughly. */
  effectsBytes: number
  readonly attempts: Map<string, number>
  awaits: string[]
  changed: boolean
}

export const draftOf = (base: InstanceRecord): Draft => ({
  base,
  state: base.state,
  schema: base.schema,
  view: base.view,
  window: [...base.seen.window],
  effects: [],
  effectsBytes: 0,
  attempts: new Map(base.attempts),
  awaits: [...base.awaits],
  changed: false,
})

/** What is known beside the draft when a message is judged. */
export interface Facts {
  readonly process: Blueprint
  /** ms since 1970. */
  readonly now: number
  /** Whether the base was read or won in this invocation, and is not a cached one. */
  readonly fresh: boolean
  /** What looking up said, where `admit` asked for it. */
  readonly lookedUp?: 'found' | 'absent'
}

export type Admission =
  | { readonly kind: 'handle'; readonly body: unknown }
  | { readonly kind: 'drop' }
  /** Judge again with `lookedUp`. */
  | { readonly kind: 'look-up'; readonly where: Exclude<SeenVerdict, 'seen' | 'new'>; readonly id: SeenId }
  /** A cached record cannot say: judge again on a fresh one. */
  | { readonly kind: 'reload' }
  | { readonly kind: 'set-aside'; readonly reason: Reason }

/** Judges a message before its handler runs. The window is asked before the horizon. */
export const admit = (draft: Draft, envelope: Envelope, facts: Facts): Admission => {
  const id = seenId(envelope)
  const verdict = judgeSeen({ ...draft.base.seen, window: draft.window }, id)
  switch (verdict) {
    case 'seen':
      return { kind: 'drop' }
    case 'key':
    case 'segments':
      if (facts.lookedUp === 'found') return { kind: 'drop' }
      if (facts.lookedUp === undefined) return { kind: 'look-up', where: verdict, id }
      break
    case 'new':
      break
  }
  return fate(draft, envelope, facts)
}

const fate = (draft: Draft, envelope: Envelope, { process, now, fresh }: Facts): Admission => {
  const { type, from, hops, at } = envelope
  if (now - at > horizonMs) {
    return setAside(
      'too-old',
      `sent ${new Date(at).toISOString()}, past the horizon of ${horizonMs / 86_400_000} days: it cannot be told from a duplicate; send it anew under a new key`,
    )
  }
  if (at - now > aheadMsMax)
    return setAside(
      'too-new',
      `claims to be sent ${new Date(at).toISOString()}, over a day ahead of this clock: correct the sender's clock and redrive`,
    )
  if (hops > hopsMax)
    return setAside(
      'too-many-hops',
      `${hops} hops, at most ${hopsMax}: the chain of messages feeds itself; break the cycle and redrive`,
    )
  const { name, messages } = process.contract
  const internal = own(process.internal, type)
  const schema = own(messages, type) ?? internal
  if (schema === undefined) {
    const known = Object.keys(messages).join(', ') || 'none'
    return setAside(
      'unknown-type',
      `${name} has no message ${JSON.stringify(type)}; it has: ${known}. Correct the sender, or deploy the code that knows it and redrive`,
    )
  }
  if (internal !== undefined && !(from === address(name, draft.base.instance) && draft.awaits.includes(digest(envelope.id)))) {
    return fresh
      ? setAside('not-asked', `${type} is internal to ${name}: only an instance itself sends it, and this one did not`)
      : { kind: 'reload' }
  }
  // A copy: what a failed try does to its body must be gone at the next.
  const parsed = parse(schema, JSON.parse(JSON.stringify(envelope.body)))
  if (parsed.kind === 'valid') return { kind: 'handle', body: parsed.value }
  return setAside('invalid-body', `${name}.${type}: ${parsed.issues}. Correct the sender, or edit the message and redrive`)
}

// What comes from outside may be called "constructor".
const own = (schemas: Schemas, type: string): Schema | undefined => (Object.hasOwn(schemas, type) ? schemas[type] : undefined)

const setAside = (code: Reason['code'], text: string): Admission => ({ kind: 'set-aside', reason: { code, text } })

/** What a handler leaves: the state after it (undefined: ended), what is published, what is to be sent. */
export interface Handled {
  readonly state: string | undefined
  readonly schema: number
  readonly view: string | undefined
  readonly sends: readonly SendEffect[]
  /** Bytes of their bodies. */
  readonly bytes: number
}

export const applyHandled = (draft: Draft, envelope: Envelope, handled: Handled): void => {
  draft.state = handled.state
  draft.schema = handled.schema
  draft.view = handled.view
  // One by one: a call takes no hundred thousand arguments.
  for (const send of handled.sends) draft.effects.push(send)
  draft.effectsBytes += handled.bytes
  settle(draft, envelope)
}

/** The message has failed for good: it is seen, and kept with its reason by an effect of the same commit. */
export const applySetAside = (
  draft: Draft,
  envelope: Envelope,
  failed: { readonly reason: Reason; readonly attempts: number; readonly now: number },
): void => {
  const failure = failureOf(envelope, failed.reason, failed.attempts, failed.now)
  draft.effects.push({ kind: 'fail', failure })
  draft.effectsBytes += failure.message.length
  settle(draft, envelope)
}

/** How many tries of a message count, 0 if none. */
export const attemptsOf = (draft: Draft, envelope: Envelope): number =>
  draft.attempts.size === 0 ? 0 : (draft.attempts.get(digest(envelope.id)) ?? 0)

/** Sets how many tries of a message count; 0 forgets it. */
export const applyAttempts = (draft: Draft, envelope: Envelope, attempts: number): void => {
  const id = digest(envelope.id)
  draft.attempts.delete(id)
  if (attempts > 0) draft.attempts.set(id, attempts)
  for (const oldest of draft.attempts.keys()) {
    if (draft.attempts.size <= attemptsKeptMax) break
    draft.attempts.delete(oldest)
  }
  draft.changed = true
}

const settle = (draft: Draft, envelope: Envelope): void => {
  const id = seenId(envelope)
  draft.window.push(id)
  draft.attempts.delete(id.digest)
  draft.awaits = draft.awaits.filter((one) => one !== id.digest)
  draft.changed = true
}

/** Whether an effect is an internal message of an instance to itself: the record lists it until it has come. */
export const isAwaited = (effect: Effect, { contract, internal }: Blueprint, instance: string): boolean =>
  effect.kind === 'send' && effect.process === contract.name && effect.to === instance && Object.hasOwn(internal, effect.type)

/** What a draft comes to: the record to be committed, and the items of evicted ids that go before it. */
export interface Conclusion {
  readonly record: InstanceRecord
  readonly evicted: readonly Item[]
}

/**
 * Concludes a draft.
 * @param moment now, in ms since 1970. A record made from nothing starts at version now × 1000 and then has no gaps, so that ids and
 *   versions never repeat when an instance begins again after its tombstone has expired
 */
export const conclude = (
  draft: Draft,
  process: Blueprint,
  moment: { readonly now: number; readonly nonce: string },
): Conclusion => {
  const { base } = draft
  const version = base.exists ? base.version + 1 : moment.now * 1000
  const commit = { process: process.contract.name, instance: base.instance, version, at: moment.now }
  const asked = draft.effects.flatMap((effect, index) =>
    isAwaited(effect, process, base.instance) ? [digest(messageId(commit, index))] : [],
  )
  const { seen, items } = evict(base.instance, base.seen, { ...base.seen, window: draft.window }, version)
  const record: InstanceRecord = {
    instance: base.instance,
    exists: true,
    version,
    nonce: moment.nonce,
    at: moment.now,
    schema: draft.schema,
    state: draft.state,
    view: draft.view,
    seen,
    effects: draft.effects,
    attempts: draft.attempts,
    awaits: [...draft.awaits, ...asked],
    pages: base.pages,
  }
  return { record, evicted: items }
}
