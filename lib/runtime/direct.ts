// A direct call: whoever asks waits for the answer. The same hop for one request, without a queue behind it.
//
// I5: what its commit leaves to be done has nobody who would deliver the request again, so a wake is sent before the commit: a delayed
// message that names the version to come, and with it loads and recovers the instance. I2: the answer is part of the commit, so that a
// call that is repeated under its key is answered again and not run again.
import { type Answer, CallFailed } from '../core/call.ts'
import { decodeBundle, type Envelope } from '../core/envelope.ts'
import { describeError, GavotteError, Overtaken, Refused, Transient } from '../core/errors.ts'
import { applyHandled, applyKeptReply, type Draft, draftOf, leavesEffects } from '../core/hop.ts'
import { replyBytesMax } from '../core/limits.ts'
import { isStandingStill } from '../core/park.ts'
import { replyGone, replySk } from '../core/reply.ts'
import { seenId } from '../core/seen.ts'
import { applyWatched } from '../core/supervision.ts'
import { demandTimers } from './context.ts'
import { type Handler, handle, type Outcome } from './handle.ts'
import { keep } from './keep.ts'
import { judge, parkedText, refusalOf, type Scope } from './message.ts'
import { outboxOf, perform } from './perform.ts'
import { reactionOf } from './reaction.ts'
import { recover } from './recover.ts'
import { commit, load, type Progress, reload, type Standing } from './standing.ts'
import { sendWake } from './wake.ts'

/**
 * Answers one request. One that changes nothing costs a read and no write.
 * @param text the request's envelope
 * @throws Transient where nobody can say whether it was done: to ask again under the same key is safe
 */
export const callDirectly = async (scope: Scope, text: string): Promise<Answer> => {
  const { process, host } = scope
  const [arrival] = decodeBundle(text, { messageId: host.ids.nonce(), sentAt: host.clock.now() })
  if (arrival?.kind !== 'message') return refused('malformed', arrival?.reason ?? 'no envelope')
  const { envelope } = arrival
  const { name, calls } = process.contract
  const handler = reactionOf(process, envelope.type)
  if (!Object.hasOwn(calls, envelope.type))
    return refused(
      'unknown-type',
      `${name} has no call ${JSON.stringify(envelope.type)}; it has: ${Object.keys(calls).join(', ') || 'none'}`,
    )
  if (typeof handler !== 'function')
    return refused('not-direct', `${name} answers ${envelope.type} by a flow, in its own time: ask by ctx.request or ctx.call`)
  const progress: Progress = { conflicts: 0, runs: new Map() }
  let standing = await load(scope, envelope.to)
  for (;;) {
    if (!standing.performed) standing = await recover(scope, standing, progress)
    const step = await answer(scope, standing, { envelope, handler }, progress)
    if (step.kind === 'answered') return step.answer
    standing = step.standing
  }
}

const refused = (code: string, message: string): Answer => ({ ok: false, code, message })

type Step =
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** Nothing came of it: once more, on this. */
  | { readonly kind: 'again'; readonly standing: Standing }

interface Request {
  readonly envelope: Envelope
  readonly handler: Handler
}

const answer = async (scope: Scope, standing: Standing, { envelope, handler }: Request, progress: Progress): Promise<Step> => {
  const { process, host, deadline } = scope
  const again = async (): Promise<Step> => ({ kind: 'again', standing: await reload(scope, standing, progress) })
  const answered = (given: Answer): Step => ({ kind: 'answered', answer: given })
  const draft = draftOf(standing.record)
  const admission = await judge(scope, draft, { envelope }, standing)
  if (admission.kind === 'reload' || admission.kind === 'wait') return again()
  if (admission.kind === 'drop') return answered(await before(scope, standing, envelope))
  if (admission.kind === 'set-aside') return answered(refused(admission.reason.code, admission.reason.text))
  if (admission.kind !== 'handle') return answered(refused('unknown-type', `${envelope.type} is no call`))
  if (isStandingStill(draft)) return standing.fresh ? answered(refused('parked', parkedText(draft))) : again()
  // A newer record could only have spent more.
  const waitMs = await scope.limiter?.waitFor(draft, envelope)
  if (waitMs !== undefined) return answered(limited(envelope.to, waitMs))
  let outcome: Outcome
  try {
    const { as, type, body } = admission
    outcome = await handle(process, host, draft, { envelope, as, type, handler, body, attempt: 1, deadline })
  } catch (thrown) {
    return standing.fresh && !(thrown instanceof Overtaken) ? answered(failure(thrown)) : again()
  }
  const given = outcome.answer as Answer
  if (isReading(outcome, draft)) {
    // A cached record may be old news, and nothing else would find out. Where it is the newest still, so is all that was read with it.
    const newest = standing.fresh ? standing : await reload(scope, standing, progress)
    if (!isSame(newest, standing)) return { kind: 'again', standing: newest }
    await keep(scope, envelope.to, newest)
    return answered(given)
  }
  const text = JSON.stringify(given)
  if (Buffer.byteLength(text) > replyBytesMax)
    return answered(
      refused('reply-too-large', `the reply has over ${replyBytesMax} bytes: answer with a reference to what is large`),
    )
  return settle(scope, standing, draft, { envelope, outcome, text }, progress)
}

interface Answered {
  readonly envelope: Envelope
  readonly outcome: Outcome
  /** The answer as JSON. */
  readonly text: string
}

/** Commits what the answer goes with, and then gives it. */
const settle = async (
  scope: Scope,
  standing: Standing,
  draft: Draft,
  { envelope, outcome, text }: Answered,
  progress: Progress,
): Promise<Step> => {
  const { process, host } = scope
  const now = host.clock.now()
  applyHandled(draft, envelope, outcome, now)
  applyWatched(draft, process, envelope)
  applyKeptReply(draft, envelope, text, now)
  if (leavesEffects(draft)) await wake(scope, draft, now)
  const next = await commit(scope, standing, draft, progress, now)
  if (next.kind === 'lost') return { kind: 'again', standing: next.standing }
  const undone = await perform(host, [outboxOf(host, process.contract.name, next.standing.record)])
  await keep(scope, envelope.to, undone.size > 0 ? undefined : next.standing)
  return { kind: 'answered', answer: outcome.answer as Answer }
}

const limited = (instance: string, waitMs: number): Answer =>
  refused('limited', `${instance} is asked too often: ask again in ${Math.ceil(waitMs / 1000)} s`)

const isReading = (outcome: Outcome, draft: Draft): boolean =>
  outcome.unchanged &&
  outcome.sends.length === 0 &&
  outcome.timers.size === 0 &&
  outcome.rows === undefined &&
  (draft.state === undefined || (outcome.view === draft.view && outcome.schema === draft.schema))

const isSame = ({ record: one }: Standing, { record: other }: Standing): boolean =>
  one.version === other.version && one.nonce === other.nonce

// Who fails a direct call is told, and nothing else is kept of it.
const failure = (thrown: unknown): Answer => {
  if (thrown instanceof Transient) throw thrown
  if (thrown instanceof CallFailed) return refusalOf(thrown)
  return refused(thrown instanceof GavotteError ? thrown.code : 'handler-failed', describeError(thrown).message)
}

/** What was answered before under the same key. */
const before = async ({ host }: Scope, { record }: Standing, envelope: Envelope): Promise<Answer> => {
  const { digest: id } = seenId(envelope)
  const kept =
    record.replies.find((reply) => reply.id === id)?.text ?? (await host.store.get(envelope.to, replySk(id)))?.attributes.text
  return kept === undefined ? replyGone : (JSON.parse(kept as string) as Answer)
}

// By the timer queue: one in the mailbox could come before this invocation has ended, and begin the commit's own work anew.
const wake = (scope: Scope, { base }: Draft, now: number): Promise<void> => {
  demandTimers(scope.process)
  return sendWake(scope, base, now).catch((thrown: unknown) => {
    throw thrown instanceof Refused
      ? new Transient(thrown.code, 'its timer queue refuses the wake that must go before: mend that, and ask again', {
          cause: thrown,
        })
      : thrown
  })
}
