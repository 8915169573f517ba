// The books of messages that failed for good: which commit set them aside, which items of tables and which dead letters keep them.
import type { Failure } from '../core/failure.ts'

/** Of a message to one receiver; `key` names both. */
export interface Failures {
  /** A commit sets it aside. */
  readonly setAside: (key: string, failure: Failure) => void
  /** An item of the table keeps it, for the reason `code`. */
  readonly stored: (key: string, code: string) => void
  /** The dead-letter queue has it, under a place that is its deduplication id and queue. */
  readonly copied: (key: string, place: string) => void
  /** `code`: why an item of the table keeps it, if one does; `copied`: whether the dead-letter queue has it too. */
  readonly kept: (key: string) => { readonly code: string | undefined; readonly copied: boolean }
}

export const createFailures = (violation: (invariant: string, text: string) => void): Failures => {
  const aside = new Set<string>()
  const codes = new Map<string, string>()
  const copies = new Set<string>()
  const places = new Map<string, string>()
  return {
    setAside: (key, { reason }) => {
      // Past the horizon nobody can say any more what became of it before.
      if (aside.has(key) && reason.code !== 'too-old') violation('I2', `${key} is set aside twice`)
      aside.add(key)
    },
    stored: (key, code) => void codes.set(key, code),
    copied: (key, place) => {
      const other = places.get(place) ?? key
      if (other !== key) violation('I1', `SQS swallows the dead letter of ${key} as that of ${other}`)
      places.set(place, key)
      copies.add(key)
    },
    kept: (key) => ({ code: codes.get(key), copied: copies.has(key) }),
  }
}
