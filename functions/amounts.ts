// Whole numbers that travel in messages and are kept in states: pieces of an article, and money.
import * as v from 'valibot'

export const whole = v.pipe(v.number(), v.safeInteger())
/** Pieces, at least one. */
export const quantity = v.pipe(whole, v.minValue(1))
/** At least none. */
export const pence = v.pipe(whole, v.minValue(0))
