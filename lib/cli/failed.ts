// `gavotte failed` and `gavotte audit`: what has failed for good and why, and what was done about it.
import type { FailedDetail, FailedMessage, Resolution, Round } from '../aws/index.ts'
import { readAddress } from './address.ts'
import { exitCodes, FailedError } from './failure.ts'
import { addressOf, type FilterOptions, findFailed, isoOf, operating } from './operator.ts'
import { type Column, tableOf } from './table.ts'
import type { TargetOptions } from './target.ts'
import { print, type Terminal } from './terminal.ts'

export type ListOptions = TargetOptions & FilterOptions

export const listFailed = async (options: ListOptions, terminal: Terminal): Promise<number> => {
  const failed = await operating(options, terminal, (operator) => findFailed(operator, options))
  printFailed(failed, options, terminal)
  return exitCodes.ok
}

/** A line for each, with --json a document. */
export const printFailed = (failed: readonly FailedMessage[], { json }: TargetOptions, { out, err }: Terminal): void => {
  if (failed.length === 0 && !json) print(err, 'no message has failed')
  const lines = json ? failed.map((one) => JSON.stringify(withTime(one))) : failed.length === 0 ? [] : tableOf(columns, failed)
  for (const line of lines) print(out, line)
}

const columns: readonly Column<FailedMessage>[] = [
  { title: 'AGE', text: ({ at }) => ageOf(at), align: 'right' },
  { title: 'INSTANCE', text: addressOf },
  { title: 'MESSAGE', text: ({ id }) => id },
  { title: 'TYPE', text: ({ type }) => type ?? '-' },
  { title: 'CODE', text: ({ code }) => code },
  { title: 'PARKED', text: ({ parked }) => (parked === undefined ? '-' : `${parked.stashed} behind`) },
  { title: 'REASON', text: ({ reason }) => firstWords(reason) },
]

const firstWords = (text: string): string => {
  const [line = ''] = text.split('\n')
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}

/** The largest unit that there is one of. */
const ageOf = (at: number): string => {
  const seconds = Math.max(0, Math.round((Date.now() - at) / 1000))
  const [unit, size] = (
    [
      ['d', 86_400],
      ['h', 3600],
      ['m', 60],
    ] as const
  ).find(([, size]) => seconds >= size) ?? ['s', 1]
  return `${Math.floor(seconds / size)}${unit}`
}

const withTime = <T extends { readonly at: number }>(one: T) => ({ ...one, at: isoOf(one.at) })

export const showOne = async (
  words: { readonly address: string; readonly id: string },
  options: TargetOptions,
  terminal: Terminal,
): Promise<number> => {
  const { id } = words
  const name = { ...readAddress(words.address), id }
  const found = await operating(options, terminal, (operator) => operator.show(name))
  if (found === undefined)
    throw new FailedError(`${words.address} has no failed message ${id}: \`gavotte failed\` lists them by INSTANCE and MESSAGE`)
  const { rounds, ...rest } = withTime(found)
  const document = { ...rest, rounds: rounds.map(roundDocument) }
  const lines = options.json ? [JSON.stringify(document)] : describe(found)
  for (const line of lines) print(terminal.out, line)
  return exitCodes.ok
}

const roundDocument = ({ resolution, ...round }: Round) => ({
  ...withTime(round),
  ...(resolution !== undefined && { resolution: withTime(resolution) }),
})

const describe = (found: FailedDetail): readonly string[] => {
  const { id, type, parked, code, reason, attempts, at, trace, stack, rounds, message, envelope } = found
  const indented = (text: string): string => text.replaceAll('\n', '\n          ')
  return [
    `message   ${id}${type === undefined ? '' : `, ${type}`}`,
    `instance  ${addressOf(found)}${parked === undefined ? '' : `, parked on it: ${parked.stashed} messages are stashed behind it`}`,
    `failed    ${isoOf(at)}, attempts ${attempts}: ${code}`,
    `reason    ${indented(reason)}`,
    ...(stack === undefined ? [] : [`stack     ${indented(stack)}`]),
    ...(trace === undefined ? [] : [`trace     ${trace}`]),
    envelope === undefined
      ? `text      ${indented(message)}`
      : `body      ${indented(JSON.stringify(envelope.body, undefined, 2))}`,
    ...(envelope?.from === undefined ? [] : [`from      ${envelope.from}`]),
    'history',
    ...rounds.flatMap(historyOf).map((line) => `  ${line}`),
  ]
}

const historyOf = ({ at, code, attempts, resolution }: Round): readonly string[] => [
  `${isoOf(at)} failed, attempts ${attempts}: ${code}`,
  ...(resolution === undefined ? [] : [`${isoOf(resolution.at)} ${doneText(resolution)}`]),
]

const doneText = ({ how, by, why, edited }: Resolution): string =>
  `${how}${edited === undefined ? '' : ' with another body'}${by === undefined ? '' : ` by ${by}`}${why === undefined ? '' : `: ${why}`}`

export interface AuditOptions extends TargetOptions {
  readonly since?: number
  readonly until?: number
}

export const audit = async (given: string | undefined, options: AuditOptions, terminal: Terminal): Promise<number> => {
  const { since, until, json } = options
  const place = given === undefined ? {} : given.includes('/') ? readAddress(given) : { process: given }
  const found = await operating(options, terminal, (operator) =>
    Array.fromAsync(operator.audit({ ...place, ...(since !== undefined && { since }), ...(until !== undefined && { until }) })),
  )
  const trail = found.sort((a, b) => a.at - b.at)
  if (trail.length === 0 && !json) print(terminal.err, 'nothing was redriven or discarded')
  const lines = json ? trail.map((one) => JSON.stringify(withTime(one))) : trail.length === 0 ? [] : tableOf(auditColumns, trail)
  for (const line of lines) print(terminal.out, line)
  return exitCodes.ok
}

const auditColumns: readonly Column<Resolution>[] = [
  { title: 'TIME', text: ({ at }) => isoOf(at) },
  { title: 'INSTANCE', text: addressOf },
  { title: 'MESSAGE', text: ({ id }) => id },
  { title: 'DONE', text: ({ how, edited }) => (edited === undefined ? how : `${how}, edited`) },
  { title: 'BY', text: ({ by }) => by ?? '-' },
  { title: 'WHY', text: ({ why }) => why ?? '-' },
]
