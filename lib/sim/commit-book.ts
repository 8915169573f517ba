// The book of commits: what the record of each instance says, and what one commit may make of it (I3, I4, I6).
import { digest } from '../core/digest.ts'
import { type Commit, type Effect, messageId } from '../core/effect.ts'
import type { Envelope } from '../core/envelope.ts'
import { decodeHeld, type Held } from '../core/held.ts'
import { decodeFlows, type Flows, noFlows } from '../core/journal.ts'
import { decodeMonitors } from '../core/monitor.ts'
import { address } from '../core/names.ts'
import { sweepType } from '../core/row.ts'
import { unpackSeen } from '../core/seen.ts'
import { decodeWaits, escalateType, noWaits, type Waits } from '../core/waits.ts'
import type { Item } from '../ports/store.ts'
import type { AnswerBook } from './answer-book.ts'
import { type EffectBook, nothingUndone, type Undone } from './effect-book.ts'
import { checkFlows, startsOf, stepsOf } from './flows.ts'
import { checkHeld, heldMessage, refusedIn, refusedMessage } from './held.ts'
import type { Message, MessageBook, Violation } from './message-book.ts'
import { checkMonitors, isForInstance, isOwnAccord } from './monitors.ts'
import { partIn } from './part.ts'
import type { RowBook } from './row-book.ts'
import type { RunBook } from './run-book.ts'
import { runsIn } from './runs.ts'
import { nothingStashed, type Stashed, type Stashes, stashedIn } from './stashes.ts'
import type { TableModel } from './table.ts'
import { checkWaits, isWaitedFor, mayBeLate } from './waits.ts'

/** An item that was written. */
export interface Written {
  readonly item: Item
  /** What stood there. */
  readonly before: Item | undefined
  readonly table: TableModel
  /** Runs of a commit that ended the instance: its record has no state that could hold them. */
  readonly ended: readonly number[] | undefined
}

/** What the books know of one instance's record. */
export interface Standing extends Undone {
  readonly version: number
  readonly nonce: string
  readonly waits: Waits
  readonly flows: Flows
  readonly stash: Stashed
  /** What no queue would take. */
  readonly held: readonly Held[]
}

const nothingStood: Standing = {
  version: 0,
  nonce: '',
  waits: noWaits,
  flows: noFlows,
  stash: nothingStashed,
  held: [],
  ...nothingUndone,
}

export interface CommitBook {
  /** A record was written. */
  readonly written: (process: string, put: Written, now: number) => void
  readonly of: (receiver: string) => Standing | undefined
  /** By address. */
  readonly all: () => Iterable<readonly [receiver: string, standing: Standing]>
  readonly count: () => number
  /** Whether a step of a flow is in a committed journal: `key` is `<message id>><receiver>/<operation>`. */
  readonly hasStep: (key: string) => boolean
}

/** The other books, which each commit is entered in. */
export interface Books {
  readonly messages: MessageBook
  readonly runs: RunBook
  readonly rows: RowBook
  readonly answers: AnswerBook
  readonly effects: EffectBook
  readonly stashes: Stashes<Message>
  readonly violation: Violation
}

export const createCommitBook = ({ messages, runs, rows, answers, effects: todo, stashes, violation }: Books): CommitBook => {
  const records = new Map<string, Standing>()
  /** Keys of steps that are in a committed journal. */
  const steps = new Set<string>()
  let count = 0

  const written: CommitBook['written'] = (process, put, now) => {
    const { item, table, ended = [] } = put
    const receiver = address(process, item.pk)
    const { version, nonce, at } = versionOf(item)
    const holds = decodeHeld(partIn(table, item, 'held', now))
    const stood = records.get(receiver) ?? nothingStood
    if (replaces(put, receiver, holds) === 'same') return
    count += 1
    const effects = JSON.parse(partIn(table, item, 'effects', now) ?? '[]') as readonly Effect[]
    const { waits: before, flows: flowsBefore } = stood
    // One that begins anew after its tombstone expired counts from the beginning.
    const stashedBefore = put.before === undefined ? nothingStashed : stood.stash
    const waits = decodeWaits(partIn(table, item, 'waits', now))
    const flows = decodeFlows(partIn(table, item, 'flows', now))
    const stash = stashedIn(item.attributes)
    const made = { process, instance: item.pk, version, at }
    const undone = todo.left(made, effects, holds)
    records.set(receiver, { version, nonce, waits, flows, stash, held: holds, ...undone })
    const sends = sendsIn(made, effects)
    checkHeld({ of: receiver, before: stood.held, after: holds, effects, unsent: stood.sends, sends }, messages, violation)
    const state = partIn(table, item, 'state', now)
    const isSeen = seenIn(item)
    const committed = state === undefined ? ended.filter(isHandled(isSeen, before)) : runsIn(state)
    const fresh = committed.filter((run) => !runs.isCommitted(run))
    const handled = fresh.flatMap((run) => runs.messageOf(run) ?? [])
    const aside = effects.flatMap((effect) => (effect.kind === 'fail' ? (messages.find(effect.failure.id, receiver) ?? []) : []))
    const discarded = discardedIn(effects)
    const unsaid = unsaidIn(discarded)
    // A restart wipes the runs of what its commit handled before.
    const wiped = messages.wipedBy(receiver, newIn(put))
    const restarted = wiped.length > 0
    const known = [...[...handled, ...aside].map(({ id }) => id), ...discarded, ...startsOf(flowsBefore)]
    const refused = answers.refusedIn(effects, receiver).filter(({ id }) => !known.includes(id) && isSeen(id))
    const causes = [
      ...known,
      ...refusedIn(effects),
      ...[...refused, ...wiped].map(({ id }) => id),
      ...passedOn(effects, receiver),
    ]
    demandCauses(effects, { causes: new Set(causes), isSeen, restarted }, receiver)
    const from = Number(item.attributes.rowsFrom ?? 0)
    rows.committed({ process, receiver, version, isNew: put.before === undefined, from, effects, runs: fresh, restarted })
    // One that has ended among the messages of this commit may have begun anew.
    const lives = state !== undefined && put.ended === undefined
    answers.demandAnswers(effects, answerable([...handled, ...aside], { receiver, flowsBefore, flows, lives }), receiver)
    const begun = runs.flowsOf(fresh)
    for (const run of committed) runs.apply(run, receiver)
    for (const message of refused) messages.count(message)
    for (const key of stepsOf(flows, receiver)) steps.add(key)
    const puts = putsIn(effects, receiver)
    const gone = stashes.between(receiver, stashedBefore.first, stash.first)
    const held = [...puts.values(), ...stashes.between(receiver, stash.first, stash.next)]
    for (const message of unrunIn(wiped, [...aside, ...held])) messages.count(message)
    const taken = messages.takeUnseen({ receiver, isSeen, aside: [...aside, ...held], discarded, gone })
    const received = taken.filter(({ type }) => !isForInstance(type)).length
    const goesOn = lives && !restarted
    checkFlows(
      { of: receiver, before: flowsBefore, after: flows, waited: before, waits, begun, received, lives: goesOn },
      violation,
    )
    const givenUp = [...discarded].flatMap((id) => messages.find(id, receiver) ?? [])
    const over = [...aside, ...givenUp, ...unsaid]
    checkWaits(
      { of: receiver, before, after: waits, applied: handled, aside: over, held: new Set(held), lives: goesOn },
      violation,
    )
    checkMonitors({ of: receiver, monitors: decodeMonitors(partIn(table, item, 'monitors', now)), waits, effects }, violation)
    answers.demandKept(handled, { version, effects, replies: partIn(table, item, 'replies', now) }, now)
    stashes.committed({
      of: receiver,
      before: stashedBefore,
      after: stash,
      puts,
      handled,
      settled: [...handled, ...aside, ...refused, ...taken, ...wiped],
      discarded,
      mayPass: (message) => mayBeLate(message) && !isWaitedFor(waits, message),
    })
  }

  // What supervisors are told of from below goes on to their own without a run.
  const passedOn = (effects: readonly Effect[], receiver: string): readonly string[] =>
    effects.flatMap((effect) =>
      effect.kind === 'send' && messages.find(effect.cause, receiver)?.type === escalateType ? [effect.cause] : [],
    )

  // A flow that is asked answers when it ends.
  const answerable = (settled: readonly Message[], { receiver, flowsBefore, flows, lives }: Reflowing): readonly Message[] => {
    const going = new Set(startsOf(flows))
    const over = lives ? startsOf(flowsBefore).filter((id) => !going.has(id)) : []
    const ended = over.flatMap((id) => messages.find(id, receiver) ?? [])
    return [...new Set([...settled, ...ended])].filter(({ id }) => !going.has(id))
  }

  const sendsIn = (made: Commit, effects: readonly Effect[]): readonly Message[] =>
    effects.flatMap((one, n) =>
      one.kind === 'send' ? (messages.find(messageId(made, n), address(one.process, one.to)) ?? []) : [],
    )

  // Given up, it may have come through all the same: an answer was lost.
  const unsaidIn = (discarded: ReadonlySet<string>): readonly Message[] => {
    const unsaid = [...discarded].flatMap((id) => refusedMessage(messages, id) ?? [])
    for (const message of unsaid) message.goneBy = true
    return unsaid
  }

  /** What a commit stashes, by number. */
  const putsIn = (effects: readonly Effect[], receiver: string): ReadonlyMap<number, Message> => {
    const puts = new Map<number, Message>()
    for (const effect of effects) {
      if (effect.kind !== 'stash') continue
      const { id } = JSON.parse(effect.message) as Envelope
      const message = messages.find(id, receiver)
      if (message === undefined) violation('I3', `${receiver} stashes ${id}, which nobody sent`)
      else puts.set(effect.number, message)
      if (message !== undefined && effect.again !== undefined) message.goneBy = true
    }
    return puts
  }

  // What a handler sends leaves with the commit of its message, or not at all.
  const demandCauses = (effects: readonly Effect[], { causes, isSeen, restarted }: Causes, receiver: string): void => {
    // Nor do those leave a run that were listed before it.
    if (restarted) return
    for (const effect of effects) {
      if ((effect.kind !== 'send' && effect.kind !== 'timer') || isOwnAccord(effect)) continue
      // What sweeps leaves no run.
      if (!causes.has(effect.cause) && !(effect.type === sweepType && isSeen(effect.cause)))
        violation('I3', `${receiver} sends on behalf of ${effect.cause}, which this commit does not handle`)
    }
  }

  // `same`: the version stands, and what was done is taken out of it.
  const replaces = ({ item, before: stood }: Written, receiver: string, held: readonly Held[]): 'same' | 'next' => {
    const before = records.get(receiver)
    if (before === undefined) return 'next'
    const { version, nonce } = versionOf(item)
    const kept = held.map((one) => heldMessage(messages, one))
    todo.replaced(`${receiver} at ${version}`, { ...before, sends: before.sends.filter((one) => !kept.includes(one)) })
    if (before.version === version && before.nonce === nonce) {
      records.set(receiver, { ...before, ...nothingUndone })
      if (stood?.attributes.state !== item.attributes.state)
        violation('I6', `${receiver} changed its state within version ${version}`)
      return 'same'
    }
    // An instance that begins again after its tombstone expired takes a later version than any before.
    const follows = stood === undefined ? version > before.version : version === before.version + 1
    if (!follows) violation('I6', `${receiver} went from version ${before.version} to ${version}`)
    return 'next'
  }

  // What ended the instance may have been lost since, and the instance may have been ended all the same: the ids that are seen tell, and of
  // timers and answers what was listed.
  const isHandled =
    (isSeen: (id: string) => boolean, before: Waits) =>
    (run: number): boolean => {
      const message = runs.messageOf(run)
      if (message === undefined) return false
      return mayBeLate(message) && !message.redriven ? isWaitedFor(before, message) : isSeen(message.id)
    }

  return {
    written,
    of: (receiver) => records.get(receiver),
    all: () => records,
    count: () => count,
    hasStep: (key) => steps.has(key),
  }
}

const discardedIn = (effects: readonly Effect[]): ReadonlySet<string> =>
  new Set(effects.flatMap((one) => (one.kind === 'resolve' && one.how === 'discarded' ? [one.id] : [])))

/** On whose behalf a commit may send. */
interface Causes {
  readonly causes: ReadonlySet<string>
  readonly isSeen: (id: string) => boolean
  readonly restarted: boolean
}

/** A commit, as far as flows go. */
interface Reflowing {
  readonly receiver: string
  readonly flowsBefore: Flows
  readonly flows: Flows
  readonly lives: boolean
}

/** Whether the window of a record has an id; unpacked when it is asked for. */
const seenIn = ({ attributes }: Item): ((id: string) => boolean) => {
  let digests: ReadonlySet<string> | undefined
  return (id) => {
    const packed = attributes.seen as Uint8Array | undefined
    digests ??= new Set(packed === undefined ? [] : unpackSeen(packed).map((one) => one.digest))
    return digests.has(digest(id))
  }
}

/** Whether an id came to the window with this commit. */
const newIn = ({ item, before }: Written): ((id: string) => boolean) => {
  const isSeen = seenIn(item)
  const wasSeen = before === undefined ? (): boolean => false : seenIn(before)
  return (id) => isSeen(id) && !wasSeen(id)
}

/** Those that a handler took. */
const unrunIn = (wiped: readonly Message[], elsewhere: readonly (Message | undefined)[]): readonly Message[] =>
  wiped.filter((one) => one.applied === 0 && !isForInstance(one.type) && !elsewhere.includes(one))

const versionOf = ({ attributes }: Item) => ({
  version: attributes.version as number,
  nonce: attributes.nonce as string,
  at: attributes.at as number,
})
