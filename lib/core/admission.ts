// What becomes of a message before its handler runs, judged against the draft, so that a duplicate inside one batch counts (I2).
import { type Answer, answerIn } from './call.ts'
import type { Blueprint } from './definition.ts'
import { digest } from './digest.ts'
import type { Envelope } from './envelope.ts'
import type { Reason } from './failure.ts'
import type { Draft } from './hop.ts'
import { type FlowEvent, type FlowState, labelOf, parseFlowTimer } from './journal.ts'
import { aheadMsMax, hopsMax, horizonMs, inlineBytesMax, wakeMsMax } from './limits.ts'
import type { Metric } from './metric.ts'
import { endOfRound, isBeat, mayMonitor } from './monitor.ts'
import { address, parseAddress } from './names.ts'
import { sweepType, sweptAfter } from './row.ts'
import { parse, type Schema, type Schemas } from './schema.ts'
import { judgeSeen, type SeenId, type SeenVerdict, seenId } from './seen.ts'
import type { RestartFrom } from './supervision.ts'
import {
  type Call,
  cancelType,
  deadlineType,
  discardType,
  escalateType,
  flowOutcome,
  isListed,
  makerOf,
  monitorOutcome,
  pingType,
  redriveType,
  replyType,
  restartType,
  wakeType,
  watchType,
} from './waits.ts'

/** What is known beside the draft when a message is judged. */
export interface Facts {
  readonly process: Blueprint
  /** ms since 1970. */
  readonly now: number
  /** Whether the base was read or won in this invocation, and is not a cached one. */
  readonly fresh: boolean
  /** What looking up said, where `admit` asked for it. */
  readonly lookedUp?: 'found' | 'absent'
  /** It was judged before, when it was stashed. */
  readonly stashed?: boolean
  /** It came from the dead-letter queue. */
  readonly redriven?: boolean
}

export type Admission =
  /** `type`: of the handler, or of the answer where it is a call. */
  | {
      readonly kind: 'handle'
      readonly as: 'message' | 'call'
      readonly type: string
      readonly body: unknown
      /** As it travels, where it is not the message's own body. */
      readonly raw?: unknown
    }
  /** `count`: the metric that counts it. */
  | { readonly kind: 'drop'; readonly count?: Metric }
  /** Something that a flow waits for; without an event it is time to try a step again. */
  | { readonly kind: 'flow'; readonly flow: FlowState; readonly event?: FlowEvent }
  /** Something is to be done about a message that has failed for good. */
  | { readonly kind: 'control'; readonly control: Control }
  /** The instance is to begin again from its initial state. */
  | { readonly kind: 'restart' }
  /** What an earlier life has left of rows is to go, behind a key or all. */
  | { readonly kind: 'sweep'; readonly after: string | undefined }
  /** A supervisor's own supervisor is to be told. */
  | { readonly kind: 'escalate' }
  /** Somebody asks whether the instance is there. */
  | { readonly kind: 'ping' }
  /** A round of a monitor ended as the instance believes. */
  | { readonly kind: 'round' }
  /** An instance asks to be monitored. */
  | { readonly kind: 'watch'; readonly of: string; readonly every: number }
  /** Flows are to end: of this type, or all. */
  | { readonly kind: 'cancel'; readonly type: string | undefined }
  /** Judge again with `lookedUp`. */
  | { readonly kind: 'look-up'; readonly where: Exclude<SeenVerdict, 'seen' | 'new'>; readonly id: SeenId }
  /** Nothing can be said yet: it is to come again. */
  | { readonly kind: 'wait' }
  /** A cached record cannot say: judge again on a fresh one. */
  | { readonly kind: 'reload' }
  | { readonly kind: 'set-aside'; readonly reason: Reason }

/** What an operator asks for. */
export interface Control {
  readonly how: 'redriven' | 'discarded'
  /** Of the message that failed. */
  readonly id: string
  readonly by?: string
  readonly why?: string
  /** Replaces the message's body. */
  readonly body?: unknown
  /** The instance begins again without the message. */
  readonly restart?: RestartFrom
}

/** Judges a message before its handler runs. The window is asked before the horizon. */
export const admit = (draft: Draft, envelope: Envelope, facts: Facts): Admission => {
  if (facts.redriven === true) return { kind: 'control', control: { how: 'redriven', id: envelope.id } }
  if (envelope.type === pingType) return parseAddress(envelope.reply ?? '') === undefined ? { kind: 'drop' } : { kind: 'ping' }
  if (envelope.type === redriveType || envelope.type === discardType || isNamedRestart(envelope)) return admitControl(envelope)
  if (isListed(envelope)) return admitListed(draft, envelope, facts)
  if (facts.stashed === true) return told(facts.process, envelope) ?? matched(facts.process, envelope)
  const id = seenId(envelope)
  const verdict = verdictOf(draft, id)
  switch (verdict) {
    case 'seen':
      return duplicate
    case 'key':
    case 'segments':
      if (facts.lookedUp === 'found') return duplicate
      if (facts.lookedUp === undefined) return { kind: 'look-up', where: verdict, id }
      break
    case 'new':
      break
  }
  return fate(draft, envelope, facts)
}

// Of the message on which the instance stands still; without a name it is a restart of whatever the instance is at.
const isNamedRestart = ({ type, body }: Envelope): boolean =>
  type === restartType && (body as { readonly id?: unknown } | null)?.id !== undefined

// Idempotent by the id that it names, and so never in the window.
const admitControl = ({ type, body }: Envelope): Admission => {
  const { id, by, why, from, ...rest } = (body ?? {}) as { readonly [name: string]: unknown }
  if (typeof id !== 'string' || id === '') return setAside('invalid-body', `${type} names no message: {"id":"…"}`)
  if ('body' in rest && Buffer.byteLength(JSON.stringify(rest.body)) > inlineBytesMax)
    return setAside(
      'invalid-body',
      `${type} brings a body over ${inlineBytesMax} bytes: discard the message, and send the long one anew`,
    )
  const control: Control = {
    how: type === redriveType ? 'redriven' : 'discarded',
    id,
    ...(typeof by === 'string' && { by }),
    ...(typeof why === 'string' && { why }),
    ...('body' in rest && { body: rest.body }),
    ...(type === restartType && { restart: from === 'lastGood' ? from : 'initial' }),
  }
  return { kind: 'control', control }
}

const verdictOf = (draft: Draft, id: SeenId): SeenVerdict => judgeSeen({ ...draft.base.seen, window: draft.window }, id)

const duplicate: Admission = { kind: 'drop', count: 'Duplicates' }

// Timers, answers and wakes: what the record lists decides, and not the window. One that is not listed is late, or the record too old
// to know of it (I1).
const admitListed = (draft: Draft, envelope: Envelope, facts: Facts): Admission => {
  const { process, fresh } = facts
  const self = address(process.contract.name, draft.base.instance)
  const reply = envelope.type === replyType
  const about = reply ? String((envelope.body as { readonly call?: unknown } | null)?.call) : envelope.id
  const maker = makerOf(about)
  const notAsked = (): Admission => (verdictOf(draft, seenId(envelope)) === 'seen' ? duplicate : unasked(envelope, self))
  if (maker?.address !== self || (!reply && envelope.from !== self)) return notAsked()
  const isCommitted = maker.version <= draft.base.version
  const late = (count?: Metric): Admission =>
    !isCommitted && !fresh ? { kind: 'reload' } : { kind: 'drop', ...(count !== undefined && { count }) }
  const cameOut = (call: Call, answer: Answer): Admission => {
    if (call.outcome === monitorOutcome) return endOfRound(draft, process, call.of, answer)
    return call.outcome === flowOutcome ? toFlow(draft, call.timer, facts.now, answer) : outcome(process, call, answer)
  }
  if (envelope.type === wakeType) return fresh && !isCommitted && facts.now - envelope.at < wakeMsMax ? { kind: 'wait' } : late()
  if (reply) {
    const call = draft.calls.get(digest(about))
    if (call === undefined) return late('LateReplies')
    if (call.of !== envelope.from) return notAsked()
    return cameOut(call, answerIn(envelope.body))
  }
  const timer = draft.timers.get(envelope.timer as string)
  if (timer === undefined || !('id' in timer) || timer.id !== digest(envelope.id)) return late()
  if (envelope.type !== deadlineType && !isBeat(envelope)) return matched(process, envelope)
  const call = [...draft.calls.values()].find((one) => one.timer === envelope.timer)
  if (call === undefined) return isBeat(envelope) ? { kind: 'round' } : toFlow(draft, envelope.timer as string, facts.now)
  const answer: Answer = { ok: false, code: 'deadline', message: `${call.of} gave no answer in time` }
  return cameOut(call, answer)
}

// An answer, or without one the time that an operation waits for.
const toFlow = (draft: Draft, timer: string, at: number, answer?: Answer): Admission => {
  const { flow: id, op = -1 } = parseFlowTimer(timer) ?? {}
  const flow = draft.flows.find((one) => one.id === id)
  if (flow === undefined) return { kind: 'drop' }
  if (answer === undefined) {
    if (flow.retries?.[op] !== undefined) return { kind: 'flow', flow }
    const [, received] = /^receive (.+)$/.exec(labelOf(flow.ops[op] ?? '')) ?? []
    if (received === undefined) return { kind: 'flow', flow, event: { op, at } }
    return { kind: 'flow', flow, event: { op, at, error: { code: 'deadline', message: `no ${received} came in time` } } }
  }
  const event = answer.ok ? { op, at, value: answer.reply } : { op, at, error: { code: answer.code, message: answer.message } }
  return { kind: 'flow', flow, event }
}

const unasked = ({ from = 'somebody', type }: Envelope, self: string): Admission =>
  setAside(
    'not-asked',
    `${type} from ${from} is the answer to nothing that ${self} asked for: no action is needed, or find who forges it`,
  )

// A reply that does not fit the contract is the callee's fault, and an outcome like any other.
const outcome = (process: Blueprint, call: Call, answer: Answer): Admission => {
  const schema = own(process.internal, call.outcome)
  if (schema === undefined)
    return setAside(
      'unknown-type',
      `${process.contract.name} has no internal message ${call.outcome} any more: deploy code that has it and redrive`,
    )
  const raw = answer.ok ? { ok: true, reply: answer.reply } : { ok: false, code: answer.code, message: answer.message }
  const parsed = parse(schema, raw)
  if (parsed.kind === 'valid') return { kind: 'handle', as: 'message', type: call.outcome, body: parsed.value, raw }
  const body = { ok: false, code: 'invalid-reply', message: `${call.of}: ${parsed.issues}` }
  return { kind: 'handle', as: 'message', type: call.outcome, body, raw: body }
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
  const word = told(process, envelope)
  if (word !== undefined) return word
  const { name } = process.contract
  const internal = own(process.internal, type)
  if (internal !== undefined && !(from === address(name, draft.base.instance) && draft.awaits.includes(digest(envelope.id)))) {
    return fresh
      ? setAside('not-asked', `${type} is internal to ${name}: only an instance itself sends it, and this one did not`)
      : { kind: 'reload' }
  }
  return matched(process, envelope)
}

// What an instance as a whole is told.
const told = (process: Blueprint, envelope: Envelope): Admission | undefined => {
  const { type, body, from = '' } = envelope
  if (type === restartType) return { kind: 'restart' }
  if (type === sweepType) return { kind: 'sweep', after: sweptAfter(body) }
  // Who has nobody above hears it as its own.
  if (type === escalateType)
    return process.supervisor === undefined ? matched(process, { ...envelope, type: 'Failed' }) : { kind: 'escalate' }
  if (type === watchType && !mayMonitor(process, from))
    return setAside(
      'unknown-type',
      `${process.contract.name} cannot monitor ${from}: add its process to uses and monitorNotices to internal, deploy and redrive`,
    )
  if (type === watchType) return { kind: 'watch', of: from, every: Number((body as { readonly every?: unknown } | null)?.every) }
  return type === cancelType ? { kind: 'cancel', type: (body as { readonly flow?: string } | null)?.flow } : undefined
}

const matched = ({ contract, internal }: Blueprint, { type, body, reply }: Envelope): Admission => {
  const { name, messages, calls } = contract
  const request = Object.hasOwn(calls, type) ? calls[type]?.request : undefined
  const schema = request ?? own(messages, type) ?? own(internal, type)
  if (schema === undefined) {
    const known = [...Object.keys(messages), ...Object.keys(calls)].join(', ') || 'none'
    return setAside(
      'unknown-type',
      `${name} has no message ${JSON.stringify(type)}; it has: ${known}. Correct the sender, or deploy the code that knows it and redrive`,
    )
  }
  if (reply !== undefined && parseAddress(reply) === undefined)
    return setAside('malformed', `"reply": ${JSON.stringify(reply)} is no address: write <process>/<instance>`)
  // A copy: what a failed try does to its body must be gone at the next.
  const parsed = parse(schema, JSON.parse(JSON.stringify(body)))
  if (parsed.kind === 'valid') return { kind: 'handle', as: request === undefined ? 'message' : 'call', type, body: parsed.value }
  return setAside('invalid-body', `${name}.${type}: ${parsed.issues}. Correct the sender, or edit the message and redrive`)
}

// What comes from outside may be called "constructor".
const own = (schemas: Schemas, type: string): Schema | undefined => (Object.hasOwn(schemas, type) ? schemas[type] : undefined)

const setAside = (code: Reason['code'], text: string): Admission => ({ kind: 'set-aside', reason: { code, text } })
