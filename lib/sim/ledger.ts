// The books of a simulation, kept from outside the runtime: what was accepted on queues, what was committed to tables, what was kept as failed.
//
// It reads only what crosses the ports, and what `probe.ts` hides in each state. What contradicts an invariant at the moment it
// happens is a violation (I2, I3, I4, I6, I7); what must hold at the end is checked in `invariants.ts`.

import type { Answer } from '../core/call.ts'
import { digest } from '../core/digest.ts'
import { type Commit, type Effect, envelopeOf, timerEnvelopeOf } from '../core/effect.ts'
import { type Arrival, type Carrier, decodeBundle, type Envelope } from '../core/envelope.ts'
import { Conflict, describeError, Transient } from '../core/errors.ts'
import { decodeFlows, type Flows, noFlows } from '../core/journal.ts'
import { replyKeptMs } from '../core/limits.ts'
import { address, parseAddress } from '../core/names.ts'
import { resolvedSk, stashSk } from '../core/park.ts'
import { recordSk } from '../core/record.ts'
import { decodeReplies } from '../core/reply.ts'
import { unpackSeen } from '../core/seen.ts'
import { cancelType, decodeWaits, noWaits, replyType, type Waits, wakeType } from '../core/waits.ts'
import type { Entry } from '../ports/mailbox.ts'
import type { Item } from '../ports/store.ts'
import { type Content, contentOf, contentsOf } from './content.ts'
import { createFailures, type Kept } from './failures.ts'
import { checkFlows, goingOn, startsOf, stepsOf } from './flows.ts'
import { partIn } from './part.ts'
import { runsIn } from './runs.ts'
import { createStashes, nothingStashed, type Stashed, stashedIn } from './stashes.ts'
import type { TableModel } from './table.ts'
import { checkWaits, isWaitedFor, mayBeLate } from './waits.ts'

/** A message to one receiver, from its commit (or the client that sent it) to its end. */
export interface Message extends Content {
  /** Place among what the sender sent: version and index. */
  readonly place: readonly [number, number]
  /** How often a queue took it, or the scheduler. */
  accepted: number
  /** Commits that hold it as handled, or as refused. */
  applied: number
  /** Address that waits for its answer, where it is a request of a process. */
  asker?: string
  /** A queue forgot it: its retention ended. */
  expired?: true
  /** SQS gave it up, and a person redrives it: others may have passed it by. */
  givenUp?: true
  /** It was set aside and is tried again: others have passed it by. */
  goneBy?: true
  /** It failed for good, and is tried again: what was listed of it is not any more. */
  redriven?: true
  /** An item of a stash keeps it, or has kept it. */
  stashed?: true
}

/** Effects, as the books know them. */
interface Undone {
  readonly sends: readonly Message[]
  readonly failures: readonly { readonly key: string; readonly round: number }[]
  /** Items of the table, by address and sort key, and the message that each is about. */
  readonly items: readonly { readonly name: string; readonly key: string }[]
}
/** What the books know of one instance's record. */
interface Standing extends Undone {
  readonly version: number
  readonly nonce: string
  readonly waits: Waits
  readonly flows: Flows
  readonly stash: Stashed
}

export interface Ledger {
  /** A mailbox took an entry; one from `outside` needs no commit behind it. */
  readonly accepted: (process: string, entry: Entry, carrier: Carrier, outside: boolean) => void
  /** The scheduler took a timer. */
  readonly scheduled: (process: string, id: string, body: string) => void
  /** A direct call reaches an environment. @returns what takes its answer, and when it came */
  readonly asked: (process: string, request: Envelope) => (answer: Answer, now: number) => void
  readonly deadLettered: (process: string, entry: Entry) => void
  /** A queue forgot a message. */
  readonly expired: (messageId: string) => void
  /** SQS moved a message to the dead-letter queue. */
  readonly givenUp: (messageId: string) => void
  readonly written: (process: string, put: Written, now: number) => void
  /** A handler begins, or a flow: `key` is `<message id>><receiver>`. @returns the number of the run */
  readonly begin: (key: string, what?: 'flow') => number
  readonly isCommitted: (run: number) => boolean
  /** A step of a flow is done: `key` is `<message id>><receiver>/<operation>`. */
  readonly does: (key: string) => void
  /** Whether the message of this key is a direct call. */
  readonly isDirect: (key: string) => boolean
  /** Keys of messages that the fault plan makes fail for good. */
  readonly poisoned: Set<string>
  /** How often the fault plan made a step of a flow fail, by its key. */
  readonly spoiled: Map<string, number>
  /** An invocation threw. */
  readonly failedInvocation: (environment: string, thrown: unknown) => void
  readonly violation: (invariant: string, text: string) => void
  readonly violations: () => readonly string[]
  readonly messages: () => Iterable<Message>
  /** An item was removed. */
  readonly removed: (process: string, instance: string, sk: string) => void
  readonly kept: (message: Pick<Message, 'id' | 'receiver'>) => Kept
  /** What the record of each instance says of its stash, by address, and the messages in it. */
  readonly stashes: () => Iterable<readonly [receiver: string, stash: Stashed, messages: readonly (Message | undefined)[]]>
  /** Whether a queue forgot something that an instance was told. */
  readonly hasForgotten: (receiver: string) => boolean
  /** Whether all that a queue message carries has been applied, kept or stashed, or comes too late to be waited for. */
  readonly isSettled: (messageId: string) => boolean
  /** What the records of all instances list, by address. */
  readonly waits: () => Iterable<readonly [receiver: string, waits: Waits]>
  /** Whether nobody is left who would do what this message's commit has left undone. */
  readonly isLost: (id: string, receiver: string) => boolean
  readonly commits: () => number
  /** Effects that no queue or table had taken when their record was replaced, or has taken at all; each as a sentence. */
  readonly undone: () => readonly string[]
  /** Flows that have steps to do, and nobody to do them; each as a sentence. */
  readonly stranded: () => readonly string[]
}

/** An item that was written. */
export interface Written {
  readonly item: Item
  /** What stood there. */
  readonly before: Item | undefined
  readonly table: TableModel
  /** Runs of a commit that ended the instance: its record has no state that could hold them. */
  readonly ended: readonly number[] | undefined
}

export const keyOf = (id: string, receiver: string): string => `${id}>${receiver}`

const violationsMax = 20
/** Clocks are off by this at most, and answers are under way. */
const slackMs = 300_000

/**
 * @param isOrdered whether a process has an ordered mailbox
 * @param isReceived whether messages of a type are for its flows: then no run tells of them, but the window of seen ids does
 */
export const createLedger = (
  isOrdered: (process: string) => boolean,
  isReceived: (process: string, type: string) => boolean = () => false,
): Ledger => {
  const messages = new Map<string, Message>()
  const carried = new Map<string, readonly Message[]>()
  const bodies = new Map<string, string>()
  const records = new Map<string, Standing>()
  const newest = new Map<string, Message>()
  const runs: { readonly key: string; readonly isFlow: boolean; committed: boolean }[] = []
  const dropped: (Undone & { readonly at: string })[] = []
  const violations: string[] = []
  /** Of direct calls: what their commits keep. */
  const answers = new Map<string, { readonly text: string; readonly at: number }>()
  /** Versions that a wake was sent for, by address. */
  const wakes = new Set<string>()
  /** Messages without a run that are accepted and not yet seen, by receiver. */
  const unseen = new Map<string, Map<Message, 'new' | 'aside'>>()
  /** Keys of steps that are in a committed journal. */
  const steps = new Set<string>()
  /** Items that were written, of those that effects ask for. */
  const itemsWritten = new Set<string>()
  const forgotten = new Set<string>()
  let commits = 0

  const violation = (invariant: string, text: string): void => {
    if (violations.length < violationsMax) violations.push(`${invariant}: ${text}`)
  }
  const failed = createFailures(violation)
  const stashes = createStashes<Message>(violation)

  const expect = (message: Content): Message => {
    const key = keyOf(message.id, message.receiver)
    const known = messages.get(key)
    if (known !== undefined) return known
    const [, version = '0', index = '0'] = /\/(\d+)\/(\d+)$/.exec(message.id) ?? []
    const fresh = { ...message, place: [Number(version), Number(index)] as const, accepted: 0, applied: 0 }
    messages.set(key, fresh)
    return fresh
  }

  const accepted = (process: string, { body, deduplication }: Entry, carrier: Carrier, outside: boolean): void => {
    const arrivals = decodeBundle(body, carrier)
    if (!outside && isWake(process, arrivals)) return void carried.set(carrier.messageId, [])
    const place = keyOf(deduplication, process)
    const before = bodies.get(place) ?? body
    bodies.set(place, body)
    // A client that tries again under its key may carry a later time.
    if (before !== body && !outside) violation('I7', `${process} was sent another body under one id: ${body.slice(0, 300)}`)
    const committed = (arrival: Arrival): Message | readonly [] =>
      arrival.kind === 'malformed' ? [] : (messages.get(keyOf(arrival.envelope.id, address(process, arrival.envelope.to))) ?? [])
    const known = outside ? contentsOf(process, body, carrier).map(expect) : arrivals.flatMap(committed)
    for (const message of known) {
      message.accepted += 1
      // One that comes again may have been set aside.
      if (message.accepted === 1) watch(process, message)
    }
    carried.set(carrier.messageId, known)
    const texts = known.map(({ text }) => text)
    const whole = texts.length === 1 ? texts[0] : `[${texts.join()}]`
    if (!outside && whole !== body) violation('I3', `no commit holds what was sent to ${process}: ${body.slice(0, 300)}`)
  }

  const watch = (process: string, message: Message): void => {
    if (message.type !== cancelType && !isReceived(process, message.type)) return
    unseen.set(message.receiver, (unseen.get(message.receiver) ?? new Map<Message, 'new' | 'aside'>()).set(message, 'new'))
  }

  // A wake needs no commit behind it, and is made anew for the same version; but an instance sends it to itself.
  const isWake = (process: string, [arrival]: readonly Arrival[]): boolean => {
    if (arrival?.kind !== 'message' || arrival.envelope.type !== wakeType) return false
    const { id, to, from } = arrival.envelope
    const self = address(process, to)
    if (from !== self || !id.startsWith(`${self}/`)) violation('I3', `${from} sent a wake to ${self}: ${id}`)
    wakes.add(id)
    return true
  }

  const written = (process: string, put: Written, now: number): void => {
    const { item, table, ended = [] } = put
    const receiver = address(process, item.pk)
    if (item.sk !== recordSk) return noteItem(receiver, item)
    const { version, nonce, at } = versionOf(item)
    if (replaces(put, receiver) === 'same') return
    commits += 1
    const effects = JSON.parse(partIn(table, item, 'effects', now) ?? '[]') as readonly Effect[]
    const { waits: before = noWaits, stash: stoodBefore = nothingStashed } = records.get(receiver) ?? {}
    // One that begins anew after its tombstone expired counts from the beginning.
    const stashedBefore = put.before === undefined ? nothingStashed : stoodBefore
    const waits = decodeWaits(partIn(table, item, 'waits', now))
    const flowsBefore = records.get(receiver)?.flows ?? noFlows
    const flows = decodeFlows(partIn(table, item, 'flows', now))
    const stash = stashedIn(item.attributes)
    records.set(receiver, { version, nonce, waits, flows, stash, ...left({ process, instance: item.pk, version, at }, effects) })
    const state = partIn(table, item, 'state', now)
    const committed = state === undefined ? ended.filter(isHandledIn(item, before)) : runsIn(state)
    const fresh = committed.filter((run) => runs[run]?.committed === false)
    const handled = fresh.flatMap(messageOf)
    const aside = effects.flatMap((effect) =>
      effect.kind === 'fail' ? (messages.get(keyOf(effect.failure.id, receiver)) ?? []) : [],
    )
    const underWay = startsOf(flowsBefore)
    const discarded = new Set(effects.flatMap((one) => (one.kind === 'resolve' && one.how === 'discarded' ? [one.id] : [])))
    const known = [...[...handled, ...aside].map(({ id }) => id), ...discarded, ...underWay]
    const refused = refusedIn(effects, receiver).filter((message) => !known.includes(message.id) && isSeen(item, message))
    demandCauses(effects, [...known, ...refused.map(({ id }) => id)], receiver)
    // One that has ended among the messages of this commit may have begun anew.
    const lives = state !== undefined && put.ended === undefined
    demandAnswers(effects, answerable([...handled, ...aside], { receiver, flowsBefore, flows, lives }), receiver)
    const begun = flowsOf(fresh)
    for (const run of committed) apply(run, receiver)
    for (const message of refused) count(message)
    for (const key of stepsOf(flows, receiver)) steps.add(key)
    const puts = putsIn(effects, receiver)
    const gone = stashes.between(receiver, stashedBefore.first, stash.first)
    const held = [...puts.values(), ...stashes.between(receiver, stash.first, stash.next)]
    const taken = takeUnseen(item, receiver, { aside: [...aside, ...held], discarded, gone })
    const received = taken.filter(({ type }) => type !== cancelType).length
    checkFlows({ of: receiver, before: flowsBefore, after: flows, waited: before, waits, begun, received, lives }, violation)
    const givenUp = [...discarded].flatMap((id) => messages.get(keyOf(id, receiver)) ?? [])
    const over = [...aside, ...givenUp]
    checkWaits({ of: receiver, before, after: waits, applied: handled, aside: over, held: new Set(held), lives }, violation)
    demandAllKept(handled, put, effects, now)
    stashes.committed({
      of: receiver,
      before: stashedBefore,
      after: stash,
      puts,
      handled,
      settled: [...handled, ...aside, ...refused, ...taken],
      discarded,
      mayPass: (message) => mayBeLate(message) && !isWaitedFor(waits, message),
    })
  }

  const messageOf = (run: number): Message | readonly [] => messages.get(runs[run]?.key ?? '') ?? []
  /** Ids of messages that began a flow. */
  const flowsOf = (begun: readonly number[]): ReadonlySet<string> =>
    new Set(begun.flatMap((run) => (runs[run]?.isFlow ? messageOf(run) : [])).map(({ id }) => id))

  // Of messages that leave no run, the window tells that they were taken; of those that were stashed or set aside, that they left the stash.
  const takeUnseen = (
    item: Item,
    receiver: string,
    {
      aside,
      discarded,
      gone,
    }: {
      readonly aside: readonly (Message | undefined)[]
      readonly discarded: ReadonlySet<string>
      readonly gone: readonly (Message | undefined)[]
    },
  ): readonly Message[] => {
    const waiting = unseen.get(receiver)
    if (waiting === undefined || waiting.size === 0) return []
    const seen = unpackSeen((item.attributes.seen as Uint8Array | undefined) ?? new Uint8Array())
    const digests = new Set(seen.map((one) => one.digest))
    const taken: Message[] = []
    for (const [message, fate] of waiting) {
      const isTaken = gone.includes(message) || (fate === 'new' && digests.has(digest(message.id)))
      if (message.applied > 0 || discarded.has(message.id)) waiting.delete(message)
      else if (aside.includes(message)) waiting.set(message, 'aside')
      else if (isTaken) taken.push(message)
    }
    for (const message of taken) {
      waiting.delete(message)
      count(message)
    }
    return taken
  }

  // A flow that is asked answers when it ends.
  const answerable = (
    settled: readonly Message[],
    {
      receiver,
      flowsBefore,
      flows,
      lives,
    }: { readonly receiver: string; readonly flowsBefore: Flows; readonly flows: Flows; readonly lives: boolean },
  ): readonly Message[] => {
    const going = new Set(startsOf(flows))
    const over = lives ? startsOf(flowsBefore).filter((id) => !going.has(id)) : []
    const ended = over.flatMap((id) => messages.get(keyOf(id, receiver)) ?? [])
    return [...new Set([...settled, ...ended])].filter(({ id }) => !going.has(id))
  }

  /** What a commit stashes, by number. */
  const putsIn = (effects: readonly Effect[], receiver: string): ReadonlyMap<number, Message> => {
    const puts = new Map<number, Message>()
    for (const effect of effects) {
      if (effect.kind !== 'stash') continue
      const { id } = JSON.parse(effect.message) as Envelope
      const message = messages.get(keyOf(id, receiver))
      if (message === undefined) violation('I3', `${receiver} stashes ${id}, which nobody sent`)
      else puts.set(effect.number, message)
      if (message !== undefined && effect.again !== undefined) message.goneBy = true
    }
    return puts
  }

  const noteItem = (receiver: string, { sk, attributes }: Item): void => {
    const [, kind, rest = ''] = /^(failed|resolved|stash)\/([0-9a-f]+(?:~[0-9]+)?)$/.exec(sk) ?? []
    if (kind === undefined) return
    itemsWritten.add(`${receiver} ${sk}`)
    if (kind === 'failed')
      failed.stored(keyOf(String(attributes.id), receiver), Number(attributes.round ?? 0), String(attributes.code))
    if (kind !== 'stash') return
    const message = stashes.stored(receiver, Number(rest))
    if (message !== undefined) message.stashed = true
  }

  // Who asked gets an answer by the commit that takes the request, or sets it aside; only one to whom there is no route does not.
  const demandAnswers = (effects: readonly Effect[], settled: readonly Message[], receiver: string): void => {
    const sends = effects.filter((effect) => effect.kind === 'send')
    const mute = new Set(
      effects.flatMap((effect) =>
        effect.kind === 'fail' && effect.failure.reason.code === 'unknown-caller' ? [effect.failure.id] : [],
      ),
    )
    for (const { id, asker } of settled) {
      if (asker === undefined || mute.has(id)) continue
      const isAnswer = ({ type, cause, process, to }: (typeof sends)[number]): boolean =>
        type === replyType && cause === id && address(process, to) === asker
      if (!sends.some(isAnswer)) violation('I1', `${receiver} took the request ${id} of ${asker} without an answer`)
    }
  }

  // What a direct call commits must be found by who asks again, and done by somebody if its environment dies.
  const demandAllKept = (handled: readonly Message[], put: Written, effects: readonly Effect[], now: number): void => {
    for (const message of handled) if (message.kind === 'direct') demandKept(message, put, effects, now)
  }
  const demandKept = ({ id, receiver }: Message, { item, table }: Written, effects: readonly Effect[], now: number): void => {
    const reply = decodeReplies(partIn(table, item, 'replies', now)).find((one) => one.id === digest(id))
    if (reply === undefined) violation('I2', `${receiver} committed the call ${id} without its answer`)
    else answers.set(keyOf(id, receiver), { text: reply.text, at: now })
    if (effects.length > 0 && !wakes.has(`${receiver}/${versionOf(item).version}/wake`))
      violation('I5', `${receiver} committed the call ${id} with effects, and had sent no wake`)
  }

  const asked = (process: string, request: Envelope): ReturnType<Ledger['asked']> => {
    const message = expect({ ...contentOf(process, { kind: 'message', envelope: request }), kind: 'direct' })
    const again = message.applied > 0
    return (answer, now) => {
      const kept = answers.get(keyOf(message.id, message.receiver))
      if (!again || kept === undefined || JSON.stringify(answer) === kept.text) return
      if (!answer.ok && answer.code === 'reply-gone' && now - kept.at > replyKeptMs - slackMs) return
      violation(
        'I2',
        `the call ${message.id} to ${message.receiver} was answered ${kept.text}, and then ${JSON.stringify(answer)}`,
      )
    }
  }

  // By the callee's own choice: then nothing of it stays but the answer.
  const refusedIn = (effects: readonly Effect[], receiver: string): readonly Message[] =>
    effects.flatMap((effect) => {
      if (effect.kind !== 'send' || effect.type !== replyType || (effect.body as Answer).ok) return []
      return messages.get(keyOf(effect.cause, receiver)) ?? []
    })

  // What a handler sends leaves with the commit of its message, or not at all.
  const demandCauses = (effects: readonly Effect[], settled: readonly string[], receiver: string): void => {
    const causes = new Set(settled)
    for (const effect of effects) {
      if ((effect.kind === 'send' || effect.kind === 'timer') && !causes.has(effect.cause))
        violation('I3', `${receiver} sends on behalf of ${effect.cause}, which this commit does not handle`)
    }
  }

  // `same`: the version stands, and what was done is taken out of it.
  const replaces = ({ item, before: stood }: Written, receiver: string): 'same' | 'next' => {
    const before = records.get(receiver)
    if (before === undefined) return 'next'
    const { version, nonce } = versionOf(item)
    const undone = undoneIn(before)
    if (namesOf(undone).length > 0) dropped.push({ at: `${receiver} at ${version}`, ...undone })
    if (before.version === version && before.nonce === nonce) {
      records.set(receiver, { ...before, sends: [], failures: [], items: [] })
      const kept = stood?.attributes.state === item.attributes.state
      if (!kept) violation('I6', `${receiver} changed its state within version ${version}`)
      return 'same'
    }
    // An instance that begins again after its tombstone expired takes a later version than any before.
    const follows = stood === undefined ? version > before.version : version === before.version + 1
    if (!follows) violation('I6', `${receiver} went from version ${before.version} to ${version}`)
    return 'next'
  }

  // What ended the instance may have been lost since, and the instance may have been ended all the same: the ids that are seen tell, and of
  // timers and answers what was listed.
  const isHandledIn =
    (item: Item, before: Waits) =>
    (run: number): boolean => {
      const message = messages.get(runs[run]?.key ?? '')
      if (message === undefined) return false
      return mayBeLate(message) && !message.redriven ? isWaitedFor(before, message) : isSeen(item, message)
    }
  const isSeen = ({ attributes }: Item, { id }: Message): boolean => {
    const packed = attributes.seen as Uint8Array | undefined
    return packed !== undefined && unpackSeen(packed).some((seen) => seen.digest === digest(id))
  }

  const left = (commit: Commit, effects: readonly Effect[]): Undone => {
    const receiver = address(commit.process, commit.instance)
    const sends: Message[] = []
    const failures: Undone['failures'][number][] = []
    const items: Undone['items'][number][] = []
    const item = (sk: string, id: string): void => void items.push({ name: `${receiver} ${sk}`, key: keyOf(id, receiver) })
    effects.forEach((effect, index) => {
      switch (effect.kind) {
        case 'stash':
          item(stashSk(effect.number), (JSON.parse(effect.message) as Envelope).id)
          return
        case 'resolve':
          noteResolved(keyOf(effect.id, receiver), effect)
          item(resolvedSk(effect.id, effect.round), effect.id)
          return
        case 'fail': {
          const key = keyOf(effect.failure.id, receiver)
          failed.setAside(key, effect.failure)
          failures.push({ key, round: effect.failure.again?.round ?? 0 })
          return
        }
        default:
      }
      const envelope = effect.kind === 'timer' ? timerEnvelopeOf(commit, index, effect) : envelopeOf(commit, index, effect)
      const content = contentOf(effect.kind === 'timer' ? commit.process : effect.process, { kind: 'message', envelope })
      if (messages.has(keyOf(content.id, content.receiver))) violation('I6', `the message id ${content.id} is used twice`)
      const message = expect(content)
      if (effect.kind === 'send' && effect.asks !== undefined) message.asker = address(commit.process, commit.instance)
      sends.push(message)
    })
    return { sends, failures, items }
  }

  const noteResolved = (key: string, { round, how }: Effect & { readonly kind: 'resolve' }): void => {
    failed.resolved(key, round, how)
    const message = messages.get(key)
    if (message !== undefined && how === 'redriven') message.redriven = true
  }

  const apply = (number: number, receiver: string): void => {
    const run = runs[number]
    if (run === undefined || run.committed) return
    run.committed = true
    const message = messages.get(run.key)
    if (message === undefined) return violation('I3', `${receiver} handled ${run.key}, which nobody sent`)
    count(message)
    if (
      message.from === undefined ||
      message.givenUp ||
      message.goneBy ||
      message.kind === 'timer' ||
      message.kind === 'direct' ||
      !isOrdered(parseAddress(receiver)?.process ?? '')
    )
      return
    const lane = keyOf(message.from, receiver)
    const last = newest.get(lane)
    if (last !== undefined && isBefore(message, last))
      violation('I4', `${receiver} handled ${message.id} after ${last.id} of the same sender`)
    else newest.set(lane, message)
  }

  const count = (message: Message): void => {
    message.applied += 1
    if (message.applied > 1) violation('I2', `${message.id} was applied ${message.applied} times to ${message.receiver}`)
  }

  // A message that was returned until its effects are done, and then expired, leaves nobody who would do them.
  const recoverable = ({ sends, failures, items }: Undone): Undone => ({
    sends: sends.filter((message) => message.accepted > 0 || !isCauseExpired(message)),
    // Which control message asked for it, nobody knows.
    failures: failures.filter(({ key, round }) => messages.get(key)?.expired !== true && !(round > 0 && isForgotten(key))),
    items: items.filter(({ key }) => !isForgotten(key)),
  })
  const isForgotten = (key: string): boolean => forgotten.has(messages.get(key)?.receiver ?? '')
  const isCauseExpired = ({ text, from = '' }: Message): boolean => {
    const { cause } = JSON.parse(text) as Envelope
    return messages.get(keyOf(cause ?? '', from))?.expired === true
  }

  const mark = (messageId: string, fate: 'expired' | 'givenUp'): void => {
    for (const message of carried.get(messageId) ?? []) {
      message[fate] = true
      if (fate === 'expired') forgotten.add(message.receiver)
      // One that only the queue has named gets another name when it is redriven.
      if (fate === 'givenUp' && message.unnamed) message.accepted = 0
    }
  }

  const undoneIn = ({ sends, failures, items }: Undone): Undone => ({
    sends: sends.filter((message) => message.accepted === 0),
    failures: failures.filter(({ key, round }) => !failed.isDone(key, round)),
    items: items.filter(({ name }) => !itemsWritten.has(name)),
  })
  const namesOf = ({ sends, failures, items }: Undone): readonly string[] => [
    ...sends.map(({ id }) => id),
    ...failures.map(({ key, round }) => (round === 0 ? key : `${key}~${round}`)),
    ...items.map(({ name }) => name),
  ]

  const kept: Ledger['kept'] = ({ id, receiver }) => failed.kept(keyOf(id, receiver))

  return {
    accepted,
    scheduled: (process, id, body) => {
      const { to } = JSON.parse(body) as Envelope
      accepted(process, { id: '0', body, group: to, deduplication: id }, { messageId: `schedule ${id}`, sentAt: 0 }, false)
    },
    asked,
    deadLettered: (process, { group, attributes, deduplication }) =>
      failed.copied(keyOf(attributes?.id ?? '', address(process, group)), keyOf(deduplication, process)),
    expired: (messageId) => mark(messageId, 'expired'),
    givenUp: (messageId) => mark(messageId, 'givenUp'),
    written,
    begin: (key, what) => runs.push({ key, isFlow: what === 'flow', committed: false }) - 1,
    removed: (process, instance, sk) => {
      const [, number] = /^stash\/([0-9]+)$/.exec(sk) ?? []
      const receiver = address(process, instance)
      if (number !== undefined && Number(number) >= (records.get(receiver)?.stash.first ?? 0))
        violation('I1', `${receiver} removes message ${Number(number)} of its stash, and no commit has taken it`)
    },
    poisoned: new Set(),
    spoiled: new Map(),
    isDirect: (key) => messages.get(key)?.kind === 'direct',
    does: (key) => {
      if (!steps.has(key)) violation('I3', `the step ${key} is done before the commit that comes to it`)
    },
    isCommitted: (run) => runs[run]?.committed === true,
    failedInvocation: (environment, thrown) => {
      if (!(thrown instanceof Transient || thrown instanceof Conflict))
        violation('defect', `${environment} threw ${describeError(thrown).stack ?? String(thrown)}`)
    },
    violation,
    violations: () => violations,
    messages: () => messages.values(),
    kept,
    isSettled: (messageId) =>
      (carried.get(messageId) ?? []).every(
        (message) =>
          message.applied > 0 ||
          kept(message).ever ||
          message.stashed === true ||
          (mayBeLate(message) && !isWaitedFor(records.get(message.receiver)?.waits ?? noWaits, message)),
      ),
    *waits() {
      for (const [receiver, { waits }] of records) yield [receiver, waits]
    },
    *stashes() {
      for (const [receiver, { stash }] of records) yield [receiver, stash, stashes.between(receiver, stash.first, stash.next)]
    },
    hasForgotten: (receiver) => forgotten.has(receiver),
    isLost: (id, receiver) => {
      const message = messages.get(keyOf(id, receiver))
      return message !== undefined && message.accepted === 0 && isCauseExpired(message)
    },
    commits: () => commits,
    stranded: () => {
      const expired = new Set([...messages.values()].flatMap((message) => (message.expired ? [message.receiver] : [])))
      return [...records].flatMap(([receiver, { flows, stash }]) =>
        stash.parked !== undefined || expired.has(receiver)
          ? []
          : goingOn(flows).map(({ start }) => `${receiver} has steps to do for its flow of ${start.id}, and nobody does them`),
      )
    },
    undone: () => [
      ...[...records.values()].flatMap((standing) =>
        namesOf(undoneIn(recoverable(standing))).map((name) => `${name} is stranded`),
      ),
      // Only now all is known that had expired by then.
      ...dropped.flatMap(({ at, ...undone }) =>
        namesOf(recoverable(undone)).map((name) => `${at} dropped ${name}, which was not done`),
      ),
    ],
  }
}

const isBefore = ({ place: [a, n] }: Message, { place: [b, m] }: Message): boolean => a < b || (a === b && n < m)

const versionOf = ({ attributes }: Item) => ({
  version: attributes.version as number,
  nonce: attributes.nonce as string,
  at: attributes.at as number,
})
