// How often a message was tried: counted in the record, since a queue counts what is no fault of the message too.
import { digest } from './digest.ts'
import type { Envelope } from './envelope.ts'
import type { Draft } from './hop.ts'
import { attemptsKeptMax } from './limits.ts'

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
