// The books of messages that failed for good: which commit set them aside, which items of tables and which dead letters keep them, and what was
// done about them. One that fails again after it was redriven does so in its next round.
import type { Failure } from '../core/failure.ts'
import { deadlineType, replyType } from '../core/waits.ts'

/** What an operator did. */
export type Resolution = 'redriven' | 'discarded'

export interface Kept {
  /** Why an item of the table keeps it, if one does and nothing was done about it since. */
  readonly code: string | undefined
  readonly round: number
  /** Whether the dead-letter queue was given this round too. */
  readonly copied: boolean
  /** Whether an item keeps, or has kept, it. */
  readonly ever: boolean
  /** Whether a flow waited for it: what a handler was to get is kept as that. */
  readonly isOfFlow: boolean
  /** Why it failed last, whatever was done about it since. */
  readonly was: string | undefined
  /** What was done about it last. */
  readonly how: Resolution | undefined
}

/** Of a message to one receiver; `key` names both. */
export interface Failures {
  /** A commit sets it aside. */
  readonly setAside: (key: string, failure: Failure) => void
  /** A commit does something about it. */
  readonly resolved: (key: string, round: number, how: Resolution) => void
  /** An item of the table keeps it, for the reason `code`, as a message of this type. */
  readonly stored: (key: string, round: number, code: string, type: string) => void
  /** The dead-letter queue took it, under a place that is its deduplication id and queue. */
  readonly copied: (key: string, place: string) => void
  readonly kept: (key: string) => Kept
  /** Whether this round is kept in the table and on the dead-letter queue. */
  readonly isDone: (key: string, round: number) => boolean
}

interface Round {
  aside?: true
  code?: string
  type?: string
  copied?: true
  how?: Resolution
}

export const createFailures = (violation: (invariant: string, text: string) => void): Failures => {
  const books = new Map<string, Round[]>()
  const places = new Map<string, string>()
  const roundsOf = (key: string): Round[] => {
    const rounds = books.get(key) ?? []
    books.set(key, rounds)
    return rounds
  }
  const roundOf = (key: string, number: number): Round => {
    const rounds = roundsOf(key)
    const round = rounds[number] ?? {}
    rounds[number] = round
    return round
  }
  return {
    setAside: (key, { reason, again }) => {
      const number = again?.round ?? 0
      const round = roundOf(key, number)
      // Past the horizon nobody can say any more what became of it before.
      if (round.aside && reason.code !== 'too-old') violation('I2', `${key} is set aside twice`)
      if (number > 0 && roundsOf(key)[number - 1]?.how !== 'redriven')
        violation('I2', `${key} is set aside for the ${number + 1}. time, and was not redriven`)
      round.aside = true
    },
    resolved: (key, number, how) => {
      const round = roundOf(key, number)
      if (round.how !== undefined) violation('I2', `${key} was ${round.how}, and is ${how} once more`)
      if (!round.aside && round.code === undefined) violation('I3', `${key} is ${how}, and had not failed`)
      round.how = how
    },
    stored: (key, number, code, type) => {
      Object.assign(roundOf(key, number), { code, type })
    },
    copied: (key, place) => {
      const other = places.get(place) ?? key
      if (other !== key) violation('I1', `SQS swallows the dead letter of ${key} as that of ${other}`)
      places.set(place, key)
      const rounds = roundsOf(key)
      roundOf(key, Math.max(0, rounds.length - 1)).copied = true
    },
    kept: (key) => {
      const rounds = books.get(key) ?? []
      const last = rounds.at(-1)
      const how = rounds.findLast((one) => one?.how !== undefined)?.how
      return {
        code: last?.how === undefined ? last?.code : undefined,
        was: last?.code,
        isOfFlow: rounds.some((one) => one?.type === replyType || one?.type === deadlineType),
        round: Math.max(0, rounds.length - 1),
        copied: last?.copied === true,
        ever: rounds.some((one) => one?.code !== undefined),
        how,
      }
    },
    isDone: (key, number) => {
      const round = books.get(key)?.[number]
      return round?.code !== undefined && round.copied === true
    },
  }
}
