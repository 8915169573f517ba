// `gavotte redrive` and `gavotte discard`: what is done about messages that have failed for good, and what becomes of them.
import { userInfo } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FailedMessage, FailedName, Operator, Remedied } from '../aws/index.ts'
import { Rejected } from '../core/errors.ts'
import { pooled } from '../runtime/pool.ts'
import { readAddress } from './address.ts'
import { bodyFault, demandFit } from './app-file.ts'
import { printFailed } from './failed.ts'
import { exitCodes, FailedError, UsageError } from './failure.ts'
import { readJson } from './json-argument.ts'
import { addressOf, type FilterOptions, findFailed, operating } from './operator.ts'
import { Display, grouped } from './progress.ts'
import { appFileDefault, type TargetOptions } from './target.ts'
import { print, type Terminal } from './terminal.ts'

export interface RedriveOptions extends TargetOptions, FilterOptions {
  readonly all?: boolean
  readonly dryRun?: boolean
  /** Milliseconds between two. */
  readonly rate?: number
  readonly concurrency: number
  readonly body?: string
  readonly check: boolean
  readonly by?: string
  readonly why?: string
  /** Milliseconds. */
  readonly wait: number
}

interface Words {
  readonly address: string | undefined
  readonly id: string | undefined
}

export const redrive = async ({ address, id }: Words, options: RedriveOptions, terminal: Terminal): Promise<number> => {
  const isFiltered = (['process', 'instance', 'code', 'type', 'since', 'until'] as const).some(
    (name) => options[name] !== undefined,
  )
  if (address === undefined && !isFiltered && !options.all)
    throw new UsageError('say what to redrive: ADDRESS ID, ADDRESS, a filter as --process order, or --all')
  if (address !== undefined && (options.all || options.process !== undefined || options.instance !== undefined))
    throw new UsageError(`${address} says what to redrive: leave --all, --process and --instance out`)
  if (id === undefined && options.body !== undefined)
    throw new UsageError('--body is for one message: name it, as in gavotte redrive order/42 click-1')
  const body = options.body === undefined ? undefined : { value: await readJson(options.body, 'body', terminal) }
  const filter = address === undefined ? options : { ...options, ...readAddress(address) }
  return operating(options, terminal, async (operator) => {
    const chosen =
      id === undefined ? await findFailed(operator, filter) : [await demandOne(operator, { ...readAddress(String(address)), id })]
    if (body !== undefined && options.check) await demandBody(chosen[0] as FailedMessage, body.value, options)
    if (options.dryRun) {
      printFailed(chosen, options, terminal)
      return exitCodes.ok
    }
    if (chosen.length === 0 && !options.json) print(terminal.err, 'no message has failed')
    return runAll(operator, chosen, body, options, terminal)
  })
}

const demandOne = async (operator: Operator, name: FailedName): Promise<FailedMessage> => {
  const found = await operator.show(name)
  if (found === undefined)
    throw new FailedError(
      `${addressOf(name)} has no failed message ${name.id}: \`gavotte failed\` lists them by INSTANCE and MESSAGE`,
    )
  return found
}

const demandBody = async ({ process, type = '' }: FailedMessage, body: unknown, { appFile = appFileDefault }: RedriveOptions) =>
  demandFit(appFile, (app) => bodyFault(app, process, type, body))

/** `refused`: it cannot be redriven, or somebody has dealt with it meanwhile. */
type Result = Remedied | { readonly kind: 'refused'; readonly reason: string }
interface Line {
  readonly message: FailedName
  readonly result: Result
}

const runAll = async (
  operator: Operator,
  chosen: readonly FailedMessage[],
  body: { readonly value: unknown } | undefined,
  options: RedriveOptions,
  terminal: Terminal,
): Promise<number> => {
  const display = chosen.length > 1 ? new Display(terminal.err, 'messages') : undefined
  const stopping = new AbortController()
  const stopListening = terminal.onInterrupt(() => stopping.abort())
  const turn = turns(options.rate ?? 0)
  const startedAt = Date.now()
  const lines: Line[] = []
  const one = async (message: FailedMessage): Promise<void> => {
    await turn()
    if (stopping.signal.aborted) return
    lines.push({ message, result: await redriveOne(operator, message, options, body) })
    display?.update(lines.length / chosen.length, lines.length, (lines.length * 1000) / Math.max(1, Date.now() - startedAt))
  }
  try {
    await pooled(byInstance(chosen), options.concurrency, async (messages) => {
      for (const message of messages) await one(message)
    })
  } finally {
    stopListening()
    display?.stop()
    report(lines, chosen.length, options, terminal)
  }
  if (stopping.signal.aborted) throw new FailedError('interrupted: what is not listed stays as it was')
  return lines.every(({ result }) => result.kind === 'done') ? exitCodes.ok : exitCodes.failed
}

// An instance that stands still goes on with the message that it stands still on, and with nothing before it.
const byInstance = (chosen: readonly FailedMessage[]): readonly (readonly FailedMessage[])[] =>
  [...Map.groupBy(chosen, addressOf).values()].map((messages) =>
    messages.sort((a, b) => Number(b.parked !== undefined) - Number(a.parked !== undefined) || a.at - b.at),
  )

/** @returns what waits for the next turn; there is one every `everyMs` */
const turns = (everyMs: number): (() => Promise<void>) => {
  let nextAt = Date.now()
  return async () => {
    const waitMs = nextAt - Date.now()
    nextAt = Math.max(nextAt, Date.now()) + everyMs
    if (waitMs > 0) await sleep(waitMs)
  }
}

const redriveOne = async (
  operator: Operator,
  message: FailedName,
  options: RedriveOptions,
  body: { readonly value: unknown } | undefined,
): Promise<Result> => {
  try {
    return await operator.redrive(message, { ...saidIn(options), ...(body !== undefined && { body: body.value }) })
  } catch (thrown) {
    if (thrown instanceof Rejected) return { kind: 'refused', reason: thrown.message }
    throw thrown
  }
}

const saidIn = ({ by = userOf(), why, wait }: Pick<RedriveOptions, 'by' | 'why' | 'wait'>) => ({
  by,
  ...(why !== undefined && { why }),
  wait,
})

// A container may run as a user that has no name.
const userOf = (): string => {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`
  }
}

const report = (lines: readonly Line[], chosen: number, { json }: TargetOptions, { out }: Terminal): void => {
  for (const { message, result } of lines) {
    const { process, instance, id } = message
    if (json) print(out, JSON.stringify({ process, instance, id, ...result }))
    else if (chosen === 1 || result.kind !== 'done') print(out, `${addressOf(message)} ${id}: ${textOf(result)}`)
  }
  if (json || chosen <= 1) return
  const counts = (['done', 'failed-again', 'stashed', 'pending', 'refused'] as const).flatMap((kind) => {
    const count = lines.filter(({ result }) => result.kind === kind).length
    return count === 0 ? [] : [`${grouped(count)} ${words[kind]}`]
  })
  const left = chosen - lines.length
  print(
    out,
    `${grouped(chosen)} messages: ${[...counts, ...(left > 0 ? [`${grouped(left)} left as they were`] : [])].join(', ')}`,
  )
}

const words = {
  done: 'done',
  'failed-again': 'failed again',
  stashed: 'behind another that failed',
  pending: 'not known yet',
  refused: 'refused',
} as const satisfies { readonly [K in Result['kind']]: string }

const textOf = (result: Result): string => {
  switch (result.kind) {
    case 'done':
      return result.resolution.how === 'redriven' ? 'redriven, and handled' : 'discarded'
    case 'failed-again':
      return `failed again: ${result.code}: ${result.reason}`
    case 'stashed':
      return `it is tried behind ${result.behind}, which the instance stands still on: redrive or discard that`
    case 'pending':
      return 'nothing is known yet: it goes on by itself, look again with `gavotte failed show`, or wait longer with --wait'
    case 'refused':
      return result.reason
  }
}

export interface DiscardOptions extends TargetOptions {
  readonly by?: string
  readonly why: string
  /** Milliseconds. */
  readonly wait: number
}

export const discard = async (
  { address, id }: { readonly address: string; readonly id: string },
  options: DiscardOptions,
  terminal: Terminal,
): Promise<number> => {
  const name = { ...readAddress(address), id }
  if (options.why.trim() === '') throw new UsageError('say why with --why: whoever comes after you will want to know')
  const result = await operating(options, terminal, async (operator) => {
    await demandOne(operator, name)
    return operator.discard(name, saidIn(options))
  })
  report([{ message: name, result }], 1, options, terminal)
  return result.kind === 'done' ? exitCodes.ok : exitCodes.failed
}
