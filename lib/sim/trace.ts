// What happened, as a running hash: two runs are the same if and only if their traces are. The lines themselves are kept on request.
import type { Time } from './time.ts'

// Globals are looked up slowly in the contexts that tests run in, and this is called for every character.
const { imul } = Math

export interface Trace {
  /** One thing that happened now; texts that vary with the seed only. */
  readonly note: (...parts: readonly (string | number)[]) => void
  /** For whoever reads the lines; not part of the hash, and not made unless lines are kept. */
  readonly remark: (text: () => string) => void
  /** 16 hex digits. */
  readonly hash: () => string
  /** Every line so far, with the milliseconds since the start; empty unless they are kept. */
  readonly lines: () => readonly string[]
}

export const createTrace = (time: Time, keep: boolean): Trace => {
  const start = time.now()
  const lines: string[] = []
  // Two FNV-1a hashes with bases of their own make up for the 32 bits of one.
  let low = 0x811c9dc5
  let high = 0x1b873593
  const mix = (code: number): void => {
    low = imul(low ^ code, 0x01000193)
    high = imul(high ^ code, 0x85ebca6b)
    high ^= high >>> 15
  }
  return {
    note: (...parts) => {
      mix(time.now() - start)
      for (const part of parts) {
        if (typeof part === 'number') mix(part)
        else for (let n = 0; n < part.length; n += 1) mix(part.charCodeAt(n))
        mix(0x1f)
      }
      if (keep) lines.push(`${((time.now() - start) / 1000).toFixed(3).padStart(12)} ${parts.join(' ')}`)
    },
    remark: (text) => {
      if (keep) lines.push(`${' '.repeat(13)}${text()}`)
    },
    hash: () => [low, high].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join(''),
    lines: () => lines,
  }
}
