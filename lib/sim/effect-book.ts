// The book of effects: what commits ask to be sent, kept and written, what of it is done, and what is left with nobody who would do it (I1, I5).
import { type Commit, type Effect, envelopeOf, timerEnvelopeOf } from '../core/effect.ts'
import type { Failure } from '../core/failure.ts'
import type { Held } from '../core/held.ts'
import { address } from '../core/names.ts'
import { resolvedSk, stashSk } from '../core/park.ts'
import { isRow, rowSk } from '../core/row.ts'
import type { Item } from '../ports/store.ts'
import { contentOf } from './content.ts'
import type { Failures } from './failures.ts'
import { heldMessage, refusedMessage } from './held.ts'
import { keyOf, type Message, type MessageBook, type Violation } from './message-book.ts'

/** Effects, as the books know them. */
export interface Undone {
  readonly sends: readonly Message[]
  readonly failures: readonly { readonly key: string; readonly round: number }[]
  /** Items of the table by address and sort key, rows by their version besides. */
  readonly items: readonly { readonly name: string; readonly receiver: string }[]
}
export const nothingUndone: Undone = { sends: [], failures: [], items: [] }

export interface EffectBook {
  /** What a commit leaves to be done. @param held what its record holds, which is not to be done */
  readonly left: (commit: Commit, effects: readonly Effect[], held?: readonly Held[]) => Undone
  /** An item was written that is no record. */
  readonly stored: (receiver: string, item: Item) => void
  /** A record was replaced: what of its effects no queue or table had taken by then is noted. @param at where, for the report */
  readonly replaced: (at: string, undone: Undone) => void
  /** Effects that no queue or table had taken when their record was replaced, or has taken at all; each as a sentence. */
  readonly undone: (standing: Iterable<Undone>) => readonly string[]
}

/** What the book of effects reads and writes besides itself. */
interface Beside {
  readonly messages: MessageBook
  readonly failed: Failures
  /** Which message an item of a stash keeps, where it is known. */
  readonly stashed: (receiver: string, number: number) => Message | undefined
  readonly violation: Violation
}

export const createEffectBook = ({ messages, failed, stashed, violation }: Beside): EffectBook => {
  const dropped: (Undone & { readonly at: string })[] = []
  /** Items that were written, of those that effects ask for. */
  const itemsWritten = new Set<string>()

  const left: EffectBook['left'] = (commit, effects, held = []) => {
    const receiver = address(commit.process, commit.instance)
    const sends: Message[] = []
    const failures: Undone['failures'][number][] = []
    const items: Undone['items'][number][] = []
    const item = (sk: string): void => void items.push({ name: `${receiver} ${sk}`, receiver })
    for (const [index, effect] of effects.entries()) {
      if (effect.kind === 'stash') item(stashSk(effect.number))
      else if (effect.kind === 'row') item(`${rowSk(effect.key)} at ${commit.version}`)
      else if (effect.kind === 'resolve') {
        noteResolved(keyOf(effect.id, receiver), effect)
        item(resolvedSk(effect.id, effect.round))
      } else if (effect.kind === 'fail') {
        const key = keyOf(effect.failure.id, receiver)
        failed.setAside(key, effect.failure)
        failures.push({ key, round: effect.failure.again?.round ?? 0 })
        demandRefused(effect.failure)
      } else if (effect.kind === 'forward') sends.push(...forwarded(effect))
      else sends.push(sentBy(commit, index, effect))
    }
    const isHeld = (message: Message): boolean => held.some((one) => heldMessage(messages, one) === message)
    return { sends: sends.filter((one) => !isHeld(one)), failures, items }
  }

  const forwarded = (effect: Held): readonly Message[] => {
    const message = heldMessage(messages, effect)
    if (message?.text === effect.text) return [message]
    violation('I7', `${effect.id} was held, and is not sent as it was to be sent`)
    return []
  }

  // What passes by itself must not count.
  const demandRefused = ({ id, reason, attempts }: Failure): void => {
    if (reason.code !== 'not-sent') return
    const { refused = 0 } = refusedMessage(messages, id) ?? {}
    if (refused < attempts) violation('I5', `${id} is held after ${attempts} refusals, and its queue refused it ${refused} times`)
  }

  const sentBy = (commit: Commit, index: number, effect: Effect & { readonly kind: 'send' | 'timer' }): Message => {
    const envelope = effect.kind === 'timer' ? timerEnvelopeOf(commit, index, effect) : envelopeOf(commit, index, effect)
    const content = contentOf(effect.kind === 'timer' ? commit.process : effect.process, { kind: 'message', envelope })
    if (messages.find(content.id, content.receiver) !== undefined) violation('I6', `the message id ${content.id} is used twice`)
    const message = messages.expect(content)
    if (effect.kind === 'send' && effect.asks !== undefined) message.asker = address(commit.process, commit.instance)
    return message
  }

  const noteResolved = (key: string, { round, how }: Effect & { readonly kind: 'resolve' }): void => {
    failed.resolved(key, round, how)
    const message = messages.at(key)
    if (message !== undefined && how === 'redriven') message.redriven = true
  }

  const undoneIn = ({ sends, failures, items }: Undone): Undone => ({
    sends: sends.filter((message) => message.accepted === 0),
    failures: failures.filter(({ key, round }) => !failed.isDone(key, round)),
    items: items.filter(({ name }) => !itemsWritten.has(name)),
  })

  // A message that was returned until its effects are done, and then expired, leaves nobody who would do them.
  const recoverable = ({ sends, failures, items }: Undone): Undone => ({
    sends: sends.filter((message) => message.accepted > 0 || !messages.isCauseExpired(message)),
    // Which control message asked for it, nobody knows.
    failures: failures.filter(({ key, round }) => messages.at(key)?.expired !== true && !(round > 0 && isForgotten(key))),
    items: items.filter(({ receiver }) => !messages.hasForgotten(receiver)),
  })
  const isForgotten = (key: string): boolean => messages.hasForgotten(messages.at(key)?.receiver ?? '')

  return {
    left,
    stored: (receiver, { sk, attributes }) => {
      if (isRow({ sk })) return void itemsWritten.add(`${receiver} ${sk} at ${String(attributes.version)}`)
      const [, kind, rest = ''] = /^(failed|resolved|stash)\/([0-9a-f]+(?:~[0-9]+)?)$/.exec(sk) ?? []
      if (kind === undefined) return
      itemsWritten.add(`${receiver} ${sk}`)
      const { id, round = 0, code, type } = attributes
      if (kind === 'failed') failed.stored(keyOf(String(id), receiver), Number(round), String(code), String(type))
      if (kind !== 'stash') return
      const message = stashed(receiver, Number(rest))
      if (message !== undefined) message.stashed = true
    },
    replaced: (at, before) => {
      const undone = undoneIn(before)
      if (namesOf(undone).length > 0) dropped.push({ at, ...undone })
    },
    undone: (standing) => [
      ...[...standing].flatMap((one) => namesOf(undoneIn(recoverable(one))).map((name) => `${name} is stranded`)),
      // Only now all is known that had expired by then.
      ...dropped.flatMap(({ at, ...undone }) =>
        namesOf(recoverable(undone)).map((name) => `${at} dropped ${name}, which was not done`),
      ),
    ],
  }
}

const namesOf = ({ sends, failures, items }: Undone): readonly string[] => [
  ...sends.map(({ id }) => id),
  ...failures.map(({ key, round }) => (round === 0 ? key : `${key}~${round}`)),
  ...items.map(({ name }) => name),
]
