// A log of JSON lines, as CloudWatch Logs Insights reads them.
import { describeError } from '../core/errors.ts'
import type { Log } from '../ports/host.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/**
 * Each line has `level`, `timestamp`, `message` and the fields; lines below `least` are not written.
 * @param constant fields of every line
 */
export const jsonLog = (
  least: LogLevel,
  constant: { readonly [name: string]: unknown },
  write: (line: string) => void = (line) => process.stdout.write(line),
): Log => ({
  write: (level, message, fields = {}) => {
    if (logLevels.indexOf(level) < logLevels.indexOf(least)) return
    write(`${lineOf({ ...constant, ...fields, level, timestamp: new Date().toISOString(), message })}\n`)
  },
})

// A field that JSON cannot carry must not take the invocation down with it.
const lineOf = (line: object): string => {
  try {
    return JSON.stringify(line, (_, value: unknown) =>
      value instanceof Error ? describeError(value) : typeof value === 'bigint' ? String(value) : value,
    )
  } catch {
    return JSON.stringify({ ...line, ...Object.fromEntries(Object.entries(line).map(([name, value]) => [name, String(value)])) })
  }
}
