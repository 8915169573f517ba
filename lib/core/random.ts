// Chance that a second run of the same message meets again (I2: a resend is the same).
import { hash } from 'node:crypto'

/** Draws derived from `seed`: the same seed gives the same sequence. */
export interface Draws {
  /** Uniform in [0, 1), 32 bits. */
  readonly random: () => number
  /** A version-8 UUID (RFC 9562: "vendor-specific"), derived from the seed and the count of draws. */
  readonly newId: () => string
}

export const draws = (seed: string): Draws => {
  let drawn = 0
  const next = (): string => hash('sha256', `${seed}#${drawn++}`, 'hex')
  return {
    random: () => Number.parseInt(next().slice(0, 8), 16) / 2 ** 32,
    newId: () => {
      const hex = next()
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
    },
  }
}
