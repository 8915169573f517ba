// The books of stashes: what stands behind a message on which an instance stands still, in which order, and that it leaves from its head only.
import type { Item } from '../ports/store.ts'

/** What a record says of its stash. */
export interface Stashed {
  /** Id of the message that the instance stands still on. */
  readonly parked: string | undefined
  /** Numbers of the stashed messages: `first` to before `next`. */
  readonly first: number
  readonly next: number
  /** It stands still on what it could not send. */
  readonly still?: true
}
export const nothingStashed: Stashed = { parked: undefined, first: 0, next: 0 }

/** @param attributes of a record's item */
export const stashedIn = ({ parked, stash, still }: Item['attributes']): Stashed => {
  const { first, next } = stash === undefined ? nothingStashed : (JSON.parse(stash as string) as Stashed)
  const { id } = parked === undefined ? {} : (JSON.parse(parked as string) as { readonly id?: string })
  return { parked: id, first, next, ...(still !== undefined && { still: true }) }
}

/** A commit of one instance, as far as stashes go. `M`: a message. */
export interface Restashed<M> {
  readonly of: string
  readonly before: Stashed
  readonly after: Stashed
  /** By number: what this commit puts there. */
  readonly puts: ReadonlyMap<number, M>
  /** What it handled, and all it is done with: set aside and refused too. */
  readonly handled: readonly M[]
  readonly settled: readonly M[]
  /** Ids that it discards. */
  readonly discarded: ReadonlySet<string>
  /** Whether a message may be passed over: the record does not list it any more. */
  readonly mayPass: (message: M) => boolean
}

export interface Stashes<M> {
  /** Notes what a commit may not do with its stash. */
  readonly committed: (commit: Restashed<M>) => void
  /** Its item was written. @returns the message that it keeps */
  readonly stored: (of: string, number: number) => M | undefined
  /** Messages of these numbers, in their order; undefined where nobody knows what should be there. */
  readonly between: (of: string, first: number, next: number) => readonly (M | undefined)[]
}

export const createStashes = <M extends { readonly id: string }>(
  violation: (invariant: string, text: string) => void,
): Stashes<M> => {
  const books = new Map<string, Map<number, M>>()
  const between = (of: string, first: number, next: number): readonly (M | undefined)[] => {
    const book = books.get(of)
    return Array.from({ length: Math.max(0, next - first) }, (_, n) => book?.get(first + n))
  }

  const put = ({ of, before, puts }: Restashed<M>): void => {
    const book = books.get(of) ?? new Map<number, M>()
    books.set(of, book)
    for (const [number, message] of puts) {
      if (number < before.next) violation('I1', `${of} stashes ${message.id} as ${number}, where another was`)
      book.set(number, message)
    }
  }

  // What leaves its stash is handled by the same commit, or given up.
  const demandDone = ({ settled, discarded, before, of, mayPass }: Restashed<M>, left: readonly (M | undefined)[]): void => {
    for (const message of left) {
      if (message === undefined || settled.includes(message) || mayPass(message)) continue
      if (discarded.has(message.id) && message.id === before.parked) continue
      violation('I1', `${of} took ${message.id} out of its stash and did not handle it`)
    }
  }

  const committed = (commit: Restashed<M>): void => {
    const { of, before, after, puts, handled } = commit
    if (before.still && after.still)
      for (const { id } of handled) violation('I4', `${of} handled ${id}, and stands still on what it could not send`)
    if (before.next === 0 && after.next === 0 && puts.size === 0) return
    put(commit)
    if (after.next !== before.next + puts.size || after.first < before.first || after.first > after.next)
      violation('I4', `the stash of ${of} went from ${before.first}–${before.next} to ${after.first}–${after.next}`)
    const left = between(of, before.first, after.first)
    demandDone(commit, left)
    // What is stashed comes before anything else; new messages only where this commit has emptied the stash.
    const early = after.first < before.next ? handled.filter((message) => !left.includes(message)) : []
    for (const { id } of early) violation('I4', `${of} handled ${id} before what is stashed`)
    const [head] = between(of, after.first, after.next)
    if (after.parked !== undefined && head?.id !== after.parked)
      violation('I4', `${of} stands still on ${after.parked}, and ${head?.id ?? 'nothing'} is at the head of its stash`)
  }

  return { committed, stored: (of, number) => books.get(of)?.get(number), between }
}
