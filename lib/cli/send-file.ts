// `gavotte send --file`: a message for each row of a file, resumable and without duplicates.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { Connection } from '../aws/connection.ts'
import type { App } from '../core/app.ts'
import { Rejected, Transient } from '../core/errors.ts'
import { loadApp, messageFault } from './app-file.ts'
import { exitCodes, FailedError, UsageError } from './failure.ts'
import { BadRow, identityMapping, type Mapping, parseMapping } from './mapping.ts'
import { Display, grouped, Progress, type Reached } from './progress.ts'
import { isCsv, type Row, readRows } from './rows.ts'
import type { SendOptions } from './send.ts'
import { appFileDefault, causeOf, type Target, targetOf, unreachable } from './target.ts'
import { print, type Terminal } from './terminal.ts'

export interface SendFileOptions extends SendOptions {
  readonly file: string
  readonly map?: string
  readonly offset?: number
  readonly limit?: number
  readonly concurrency: number
  /** Milliseconds. */
  readonly patience: number
  readonly strict?: boolean
  readonly restart?: boolean
}

export const sendFile = async (
  words: { readonly address: string | undefined },
  options: SendFileOptions,
  terminal: Terminal,
): Promise<number> => {
  if (words.address !== undefined) throw new UsageError('with --file the rows name the instances: leave the other words out')
  if (options.key !== undefined) throw new UsageError('with --file the rows have the keys: put "key" into the mapping')
  if (!statSync(options.file, { throwIfNoEntry: false })?.isFile())
    throw new UsageError(`${options.file} is no file: name a CSV or JSON-lines file`)
  const mapping = readMapping(options)
  await demandColumns(mapping, options.file)
  const app = options.check ? await loadApp(options.appFile ?? appFileDefault) : undefined
  const fault = app && mapping.process !== undefined ? messageFault(app, mapping.process, mapping.type) : undefined
  if (fault !== undefined) throw new UsageError(`mapping: ${fault}`)
  const target = await targetOf(options, terminal.env)
  const display = new Display(terminal.err)
  const run = new Run({ options, mapping, app, target, display })
  const stopListening = terminal.onInterrupt(() =>
    run.stop(new FailedError('interrupted: run the same command to go on from here')),
  )
  try {
    await run.all()
  } finally {
    stopListening()
    display.stop()
    run.report(terminal)
  }
  return run.isClean ? exitCodes.ok : exitCodes.failed
}

const readMapping = ({ map, file }: SendFileOptions): Mapping => {
  if (map === undefined) {
    if (isCsv(file)) throw new UsageError(`name a mapping for the columns of ${file} with --map (see gavotte send --help)`)
    return identityMapping
  }
  if (!existsSync(map)) throw new UsageError(`${map} is not there: name a mapping file (see gavotte send --help)`)
  try {
    return parseMapping(JSON.parse(readFileSync(map, 'utf8')))
  } catch (thrown) {
    throw new UsageError(`${map}: ${(thrown as Error).message}`, { cause: thrown })
  }
}

/** Columns that a CSV file has not would make every row bad: that is said once. */
const demandColumns = async ({ columns }: Mapping, file: string): Promise<void> => {
  if (!isCsv(file)) return
  for await (const { content } of readRows(file)) {
    if ('fault' in content) continue
    const missing = columns.find((name) => !Object.hasOwn(content.fields, name))
    if (missing === undefined) return
    throw new UsageError(`mapping: ${file} has no column "${missing}", it has ${Object.keys(content.fields).join(', ')}`)
  }
}

interface Setting {
  readonly options: SendFileOptions
  readonly mapping: Mapping
  readonly app: App | undefined
  readonly target: Target
  readonly display: Display
}

/** One run over a file. */
class Run {
  readonly #setting: Setting
  readonly #progress: Progress
  readonly #connection: Connection
  readonly #startedAt = Date.now()
  /** What earlier runs are done with. */
  readonly #before: Reached
  readonly #size: number
  #sent = 0
  #underWay = 0
  #wake: () => void = () => {}
  #stopped: Error | undefined
  #troubleSince: number | undefined
  #bad = 0

  constructor(setting: Setting) {
    const { options, target } = setting
    const { file, map, offset = 0, limit, restart = false } = options
    this.#setting = setting
    this.#progress = new Progress(file, [map && readFileSync(map, 'utf8'), offset, limit, target.app, target.where], restart)
    this.#before = this.#progress.reached
    this.#size = statSync(file).size
    const sending = { patienceMs: options.patience, onRetry: (error: Error) => this.#onTrouble(error) }
    this.#connection = new Connection({ app: target.app, sqs: target.sdk, dynamodb: target.sdk, sending })
  }

  /** No row was bad, in earlier runs included. */
  get isClean(): boolean {
    return this.#bad + this.#before.bad === 0
  }

  /** Stops reading; what is under way is abandoned, and its rows are sent again by the next run. */
  stop(reason: Error): void {
    this.#stopped ??= reason
    this.#connection.giveUp()
    this.#wake()
  }

  /** @throws the reason if it was stopped */
  async all(): Promise<void> {
    const { options, display } = this.#setting
    const { offset = 0, limit = Number.POSITIVE_INFINITY, file, concurrency } = options
    const { rows } = this.#before
    if (rows > 0) display.note(`going on after row ${grouped(rows)} of an earlier run (--restart begins anew)`)
    let number = 0
    for await (const row of readRows(file)) {
      const place = ++number - offset
      if (place > limit || this.#stopped) break
      if (place <= rows) continue
      this.#underWay++
      void this.#one(row, place).finally(() => this.#finished(row, place))
      await this.#until(concurrency - 1)
    }
    await this.#until(0)
    if (this.#stopped) {
      this.#progress.save()
      throw this.#stopped
    }
    this.#progress.clear()
    await this.#connection.close()
  }

  report({ out }: Terminal): void {
    const seconds = (Date.now() - this.#startedAt) / 1000
    const [sent, bad, earlier] = [this.#sent, this.#bad, this.#before.rows]
    const rowsPerSecond = Math.round(sent / Math.max(seconds, 0.001))
    const figures = { rows: sent + bad, sent, bad, earlier, seconds, rowsPerSecond }
    const text = `${grouped(sent + bad)} rows: ${grouped(sent)} sent, ${grouped(bad)} bad${earlier > 0 ? ` (${grouped(earlier)} in an earlier run)` : ''}; ${seconds.toFixed(1)} s, ${grouped(rowsPerSecond)} rows/s`
    print(out, this.#setting.options.json ? JSON.stringify(figures) : text)
  }

  async #one(row: Row, place: number): Promise<void> {
    try {
      await this.#connection.post(this.#posting(row))
      if (this.#stopped) return
      this.#sent++
      this.#progress.settle(place, 'sent')
    } catch (thrown) {
      if (thrown instanceof BadRow || thrown instanceof Rejected) this.#onBad(row, place, thrown.message)
      else this.stop(this.#lost(thrown))
    }
  }

  #posting({ line, content }: Row): Required<Parameters<Connection['post']>[0]> {
    if ('fault' in content) throw new BadRow(content.fault)
    const { mapping, app } = this.#setting
    const posting = mapping.apply(content.fields, line)
    const fault = app && messageFault(app, posting.process, posting.type, { value: posting.body })
    if (fault !== undefined) throw new BadRow(fault)
    return posting
  }

  #onBad({ line }: Row, place: number, reason: string): void {
    const { options, display } = this.#setting
    display.note(`${options.file}:${line}: ${reason}`)
    if (options.strict) {
      this.stop(new FailedError(`stopped at line ${line} of ${options.file} (--strict): mend it and run the same command`))
      return
    }
    this.#bad++
    this.#progress.settle(place, 'bad')
  }

  #onTrouble(error: Error): void {
    if (this.#troubleSince !== undefined) return
    this.#troubleSince = Date.now()
    const { display, options, target } = this.#setting
    display.note(`${target.where} does not take messages (${causeOf(error)}): waiting up to ${options.patience / 1000} s`)
  }

  #lost(thrown: unknown): Error {
    const { target } = this.#setting
    const error = thrown instanceof Error ? thrown : new Error(String(thrown))
    const said = error instanceof Transient ? unreachable(target, error) : error
    const { rows } = this.#progress.reached
    return rows === 0
      ? said
      : new FailedError(`${said.message}. The same command then goes on after row ${grouped(rows)}`, { cause: thrown })
  }

  #finished(row: Row, place: number): void {
    const { display, options } = this.#setting
    this.#underWay--
    this.#wake()
    if (this.#stopped) return
    if (this.#troubleSince !== undefined) {
      display.note(`it goes on after ${((Date.now() - this.#troubleSince) / 1000).toFixed(1)} s`)
      this.#troubleSince = undefined
    }
    const share = Math.max(row.bytes / this.#size, place / (options.limit ?? Number.POSITIVE_INFINITY))
    const seconds = (Date.now() - this.#startedAt) / 1000
    display.update(Math.min(1, share), place, (place - this.#before.rows) / Math.max(seconds, 0.001))
  }

  /** Waits until at most so many sends are under way, or the run is stopped. */
  async #until(most: number): Promise<void> {
    while (this.#underWay > most && !this.#stopped) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
