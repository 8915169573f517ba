// `gavotte redrive` and `gavotte discard`: what is done about messages that have failed for good.
import type { FailedDetail, FailedName, Operator } from '../aws/index.ts'
import { readAddress } from './address.ts'
import { bodyFault, demandFit } from './app-file.ts'
import { printFailed } from './failed.ts'
import { exitCodes, FailedError, UsageError } from './failure.ts'
import { readJson } from './json-argument.ts'
import { addressOf, type FilterOptions, findFailed, operating } from './operator.ts'
import { type ManyOptions, redriveMany } from './redrive-many.ts'
import { codeOf, lineOf, type SaidOptions, saidIn } from './remedied.ts'
import { appFileDefault, type TargetOptions } from './target.ts'
import { print, type Terminal } from './terminal.ts'

export interface RedriveOptions extends ManyOptions, FilterOptions {
  readonly all?: boolean
  readonly dryRun?: boolean
  readonly body?: string
  readonly check: boolean
}
interface Words {
  readonly address: string | undefined
  readonly id: string | undefined
}

export const redrive = async ({ address, id }: Words, options: RedriveOptions, terminal: Terminal): Promise<number> => {
  const { body, all, dryRun } = options
  const isFiltered = (['process', 'instance', 'code', 'type', 'since', 'until'] as const).some(
    (name) => options[name] !== undefined,
  )
  if (address === undefined && !isFiltered && !all)
    throw new UsageError('say what to redrive: ADDRESS ID, ADDRESS, a filter as --process order, or --all')
  if (address !== undefined && (all || options.process !== undefined || options.instance !== undefined))
    throw new UsageError(`${address} says what to redrive: leave --all, --process and --instance out`)
  if (id !== undefined) return redriveOne({ ...readAddress(String(address)), id }, options, terminal)
  if (body !== undefined) throw new UsageError('--body is for one message: name it, as in gavotte redrive order/42 click-1')
  const filter = address === undefined ? options : { ...options, ...readAddress(address) }
  return operating(options, terminal, async (operator) => {
    const chosen = await findFailed(operator, filter)
    if (!dryRun && chosen.length > 0) return redriveMany(operator, chosen, options, terminal)
    printFailed(chosen, options, terminal)
    return exitCodes.ok
  })
}

const redriveOne = async (name: FailedName, options: RedriveOptions, terminal: Terminal): Promise<number> => {
  const { body: text, check, dryRun, appFile = appFileDefault } = options
  const edit = text === undefined ? {} : { body: await readJson(text, 'body', terminal) }
  return operating(options, terminal, async (operator) => {
    const { rounds: _, ...failed } = await demandOne(operator, name)
    if ('body' in edit && check) await demandFit(appFile, (app) => bodyFault(app, name.process, failed.type ?? '', edit.body))
    if (dryRun) {
      printFailed([failed], options, terminal)
      return exitCodes.ok
    }
    const result = await operator.redrive(name, { ...saidIn(options), ...edit })
    print(terminal.out, lineOf(name, result, options))
    return codeOf(result)
  })
}

const demandOne = async (operator: Operator, name: FailedName): Promise<FailedDetail> => {
  const found = await operator.show(name)
  const listing = '`gavotte failed` lists them by INSTANCE and MESSAGE'
  if (found === undefined) throw new FailedError(`${addressOf(name)} has no failed message ${name.id}: ${listing}`)
  return found
}

export interface DiscardOptions extends TargetOptions, SaidOptions {
  readonly why: string
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
  print(terminal.out, lineOf(name, result, options))
  return codeOf(result)
}
