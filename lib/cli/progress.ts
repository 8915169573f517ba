// How far a file was sent: kept on disk so that an interrupted run goes on, and shown to whoever watches.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { SingleBar } from 'cli-progress'
import { print, type Terminal } from './terminal.ts'

/** Rows of the file that are done with, from the first and without a gap. */
export interface Reached {
  readonly rows: number
  readonly sent: number
  readonly bad: number
}
interface Kept extends Reached {
  /** Of the file that was read: another content under the same name begins anew. */
  readonly size: number
  readonly changedMs: number
}
const nothing: Reached = { rows: 0, sent: 0, bad: 0 }
const saveEveryMs = 1000

/**
 * Counts rows that finish in any order, and keeps on disk up to where all are done.
 * The file lies in `.gavotte/send/` under a name made from `purpose`: another target or mapping is another progress.
 */
export class Progress {
  readonly #path: string
  readonly #file: { readonly size: number; readonly changedMs: number }
  readonly #ahead = new Map<number, 'sent' | 'bad'>()
  #reached: Reached
  #savedAt = 0

  constructor(file: string, purpose: readonly unknown[], restart: boolean) {
    const hash = createHash('sha256')
      .update(JSON.stringify([resolve(file), ...purpose]))
      .digest('hex')
      .slice(0, 12)
    const { size, mtimeMs } = statSync(file)
    this.#path = resolve('.gavotte', 'send', `${basename(file)}-${hash}.json`)
    this.#file = { size, changedMs: mtimeMs }
    this.#reached = restart ? nothing : this.#load()
  }

  get reached(): Reached {
    return this.#reached
  }

  /** @param row its number, from 1 */
  settle(row: number, result: 'sent' | 'bad'): void {
    this.#ahead.set(row, result)
    let { rows, sent, bad } = this.#reached
    for (let next = this.#ahead.get(rows + 1); next !== undefined; next = this.#ahead.get(rows + 1)) {
      this.#ahead.delete(++rows)
      if (next === 'sent') sent++
      else bad++
    }
    this.#reached = { rows, sent, bad }
    if (Date.now() - this.#savedAt >= saveEveryMs) this.save()
  }

  save(): void {
    this.#savedAt = Date.now()
    mkdirSync(dirname(this.#path), { recursive: true })
    writeFileSync(`${this.#path}.new`, JSON.stringify({ ...this.#file, ...this.#reached } satisfies Kept))
    renameSync(`${this.#path}.new`, this.#path)
  }

  /** The file is sent: the next run begins at its first row. */
  clear(): void {
    rmSync(this.#path, { force: true })
  }

  #load(): Reached {
    try {
      const { size, changedMs, rows, sent, bad } = JSON.parse(readFileSync(this.#path, 'utf8')) as Kept
      return size === this.#file.size && changedMs === this.#file.changedMs ? { rows, sent, bad } : nothing
    } catch {
      return nothing
    }
  }
}

/** Shows progress on stderr: a bar where a person watches, else a line for every tenth. */
export class Display {
  readonly #err: Terminal['err']
  readonly #bar: SingleBar | undefined
  readonly #unit: string
  #tenths = 0

  /** @param unit what is counted, in the plural */
  constructor(err: Terminal['err'], unit = 'rows') {
    this.#err = err
    this.#unit = unit
    if (!err.isTTY) return
    const format = `{bar} {percentage} % | {rows} ${unit} | {speed} ${unit}/s | {left} s left`
    this.#bar = new SingleBar({ stream: err, format, hideCursor: true, clearOnComplete: true })
    this.#bar.start(1000, 0, { rows: 0, speed: 0, left: '-' })
  }

  /** @param share of all that `rows` are, above 0 up to 1 */
  update(share: number, rows: number, rowsPerSecond: number): void {
    const left = (rows / share - rows) / rowsPerSecond
    this.#bar?.update(Math.floor(share * 1000), { rows: grouped(rows), speed: grouped(rowsPerSecond), left: grouped(left) })
    const tenths = Math.floor(share * 10)
    if (this.#bar || tenths <= this.#tenths) return
    this.#tenths = tenths
    print(this.#err, `${tenths * 10} %: ${grouped(rows)} ${this.#unit}`)
  }

  /** Prints a line above the bar. */
  note(line: string): void {
    print(this.#err, this.#bar ? `\r\x1b[K${line}` : line)
  }

  stop(): void {
    this.#bar?.stop()
  }
}

export const grouped = (value: number): string => Math.round(value).toLocaleString('en-US')
