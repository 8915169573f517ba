// The book of runs: which handlers and flows began, which of them a commit holds, and in which order senders' messages were applied (I2, I3, I4).
import { parseAddress } from '../core/names.ts'
import type { Message, MessageBook, Violation } from './message-book.ts'
import { keyOf } from './message-book.ts'

export interface RunBook {
  /** A handler begins, or a flow: `key` is `<message id>><receiver>`. @returns the number of the run */
  readonly begin: (key: string, what?: 'flow') => number
  readonly isCommitted: (run: number) => boolean
  /** The message of a run. */
  readonly messageOf: (run: number) => Message | undefined
  /** Ids of messages that began a flow, of these runs. */
  readonly flowsOf: (begun: readonly number[]) => ReadonlySet<string>
  /** A commit of the receiver holds the run. */
  readonly apply: (run: number, receiver: string) => void
}

/** @param isOrdered whether a process has an ordered mailbox */
export const createRunBook = (messages: MessageBook, isOrdered: (process: string) => boolean, violation: Violation): RunBook => {
  const runs: { readonly key: string; readonly isFlow: boolean; committed: boolean }[] = []
  /** The latest message of a sender that a receiver has applied. */
  const newest = new Map<string, Message>()
  const messageOf = (run: number): Message | undefined => messages.at(runs[run]?.key ?? '')

  const demandOrder = (message: Message, receiver: string): void => {
    const { from, givenUp, goneBy, beside, kind } = message
    if (from === undefined || givenUp || goneBy || beside || kind === 'timer' || kind === 'direct') return
    if (!isOrdered(parseAddress(receiver)?.process ?? '')) return
    const lane = keyOf(from, receiver)
    const last = newest.get(lane)
    if (last !== undefined && isBefore(message, last))
      violation('I4', `${receiver} handled ${message.id} after ${last.id} of the same sender`)
    else newest.set(lane, message)
  }

  return {
    begin: (key, what) => runs.push({ key, isFlow: what === 'flow', committed: false }) - 1,
    isCommitted: (run) => runs[run]?.committed === true,
    messageOf,
    flowsOf: (begun) => new Set(begun.flatMap((run) => (runs[run]?.isFlow ? (messageOf(run)?.id ?? []) : []))),
    apply: (number, receiver) => {
      const run = runs[number]
      if (run === undefined || run.committed) return
      run.committed = true
      const message = messages.at(run.key)
      if (message === undefined) return violation('I3', `${receiver} handled ${run.key}, which nobody sent`)
      messages.count(message)
      demandOrder(message, receiver)
    },
  }
}

const isBefore = ({ place: [a, n] }: Message, { place: [b, m] }: Message): boolean => a < b || (a === b && n < m)
