// Durations as people write them.
import { Misconfigured } from './errors.ts'

/** `'500ms'`, `'30s'`, `'15m'`, `'2h'`, `'2 days'`, or milliseconds. */
export type Duration =
  | number
  | `${number}${'' | ' '}${'ms' | 's' | 'm' | 'h' | 'd' | 'second' | 'seconds' | 'minute' | 'minutes' | 'hour' | 'hours' | 'day' | 'days'}`

const unitsMs: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * @param duration `'500ms'`, `'30s'`, `'15m'`, `'2h'`, `'2 days'`, or milliseconds
 * @throws Misconfigured if it is none
 */
export const milliseconds = (duration: string | number): number => {
  if (typeof duration === 'number' && duration >= 0) return duration
  const [, count = '', word = ''] = /^(\d+) ?(ms|[smhd]|seconds?|minutes?|hours?|days?)$/.exec(String(duration)) ?? []
  const unit = unitsMs[word === 'ms' ? word : word.charAt(0)]
  if (unit === undefined) {
    throw new Misconfigured(
      'illegal-duration',
      `duration ${JSON.stringify(duration)}: write '500ms', '30s', '15m', '2h' or '2 days'`,
    )
  }
  return Number(count) * unit
}
