// Options that several commands share, and how their values are written.
import { type Command, InvalidArgumentError } from 'commander'
import { appFileDefault, localEndpoint } from './target.ts'

/** Adds the options that say which app where. */
export const targeted = (command: Command): Command =>
  command
    .option(
      '--endpoint <url>',
      `where to send requests (default: AWS_ENDPOINT_URL; ${localEndpoint} if nothing of AWS is configured)`,
    )
    .option('--app <name>', 'name of the app, which all names in AWS begin with (default: GAVOTTE_APP; else as in the app file)')
    .option('--app-file <file>', `module that exports the app (default: ${appFileDefault})`)
    .option('--json', 'print JSON, for programs')

export const count =
  (least: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least) throw new InvalidArgumentError(`it must be a whole number from ${least}.`)
    return value
  }

/** @returns milliseconds */
export const duration = (text: string): number => {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(text)
  if (!match) throw new InvalidArgumentError('write a number with ms, s, m, h or d.')
  return Number(match[1]) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] as 'ms' | 's' | 'm' | 'h' | 'd']
}

/** A time as in `2026-11-23T09:00Z`, or so long ago, as in `2h`. @returns ms since 1970 */
export const moment = (text: string): number => {
  if (/^\d+(ms|s|m|h|d)$/.test(text)) return Date.now() - duration(text)
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw new InvalidArgumentError('write a time, as in 2026-11-23T09:00Z, or how long ago, as in 2h.')
  return at
}

/** `10/s`, `30/m`, `100/h`. @returns milliseconds between two */
export const rate = (text: string): number => {
  const match = /^(\d+)\/([smh])$/.exec(text)
  const times = Number(match?.[1])
  if (!match || times === 0) throw new InvalidArgumentError('write how many in what time, as in 10/s or 30/m.')
  return { s: 1000, m: 60_000, h: 3_600_000 }[match[2] as 's' | 'm' | 'h'] / times
}
