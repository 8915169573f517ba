// The journal that keeps queues and schedules on disk: lines appended before an answer leaves, read again at start, rewritten when it
// grew long.
import { closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { Misconfigured } from '../core/errors.ts'

/** What a store writes its changes to, an entry a line. */
export interface Journal<Entry> {
  append(entry: Entry): void
  /** Resolves when all that was appended is kept. */
  settled(): Promise<void>
  close(): void
}

/** Whose state a journal keeps. */
export interface JournalOwner<Entry> {
  /** Begins the name of the file. */
  readonly name: string
  /** Gets each entry that is there, in order. */
  readonly apply: (entry: Entry) => void
  /** The state as entries: what a rewrite keeps. */
  readonly present: () => Iterable<Entry>
  /** A shorter file is not rewritten; 16 MiB unless given. */
  readonly bytesMin?: number
}

/** Keeps nothing: for what may go with the process. */
export const noJournal: Journal<unknown> = { append: () => {}, settled: () => Promise.resolve(), close: () => {} }

const fileOf = (name: string, generation: number): string => `${name}-${String(generation).padStart(6, '0')}.journal`
const rewriteBytesMin = 16 * 1024 * 1024
const chunkBytes = 1024 * 1024

/**
 * One file, `<name>-<generation>.journal`, a line for each entry: CRC-32 in hex, a space, JSON. What was written survives the death
 * of the process, since the operating system has it (`write` has returned) before anybody is answered; all that is appended in
 * one turn of the event loop is one write. A rewrite puts the present state into the file of the next generation under another
 * name and renames it; the older file is then deleted, now or at the next start.
 */
export class FileJournal<Entry> implements Journal<Entry> {
  readonly #folder: string
  readonly #name: string
  readonly #present: () => Iterable<Entry>
  readonly #rewriteBytesMin: number
  #generation = 0
  #file = -1
  #bytes = 0
  #bytesAfterRewrite = 0
  #lines: string[] = []
  #flush: Promise<void> | undefined
  #failure: Error | undefined

  private constructor(folder: string, { name, present, bytesMin = rewriteBytesMin }: JournalOwner<Entry>) {
    this.#folder = folder
    this.#name = name
    this.#present = present
    this.#rewriteBytesMin = bytesMin
  }

  /**
   * Reads what is there and goes on behind it.
   * @throws Misconfigured if the file is damaged anywhere but in an unfinished last line
   */
  static open<Entry>(folder: string, owner: JournalOwner<Entry>): FileJournal<Entry> {
    mkdirSync(folder, { recursive: true })
    const journal = new FileJournal(folder, owner)
    const generations = readdirSync(folder).flatMap((file) => {
      if (file.endsWith('.journal.tmp')) rmSync(join(folder, file))
      const { 1: name, 2: generation } = /^(.+)-(\d{6})\.journal$/.exec(file) ?? []
      return name === owner.name ? [Number(generation)] : []
    })
    journal.#generation = Math.max(1, ...generations)
    for (const old of generations.filter((generation) => generation < journal.#generation))
      rmSync(join(folder, fileOf(owner.name, old)))
    const path = join(folder, fileOf(owner.name, journal.#generation))
    journal.#file = openSync(path, 'a+')
    journal.#bytes = replay(path, owner.apply)
    // A write that the death of the process cut short was never answered.
    ftruncateSync(journal.#file, journal.#bytes)
    return journal
  }

  append(entry: Entry): void {
    if (this.#failure !== undefined) throw this.#failure
    this.#lines.push(lineOf(entry))
    if (this.#flush !== undefined) return
    this.#flush = new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#flush = undefined
        try {
          this.#write()
          resolve()
        } catch (error) {
          // What is in memory is not on disk now: nothing is acknowledged any more.
          this.#failure = error instanceof Error ? error : new Error(String(error))
          reject(this.#failure)
        }
      })
    })
    this.#flush.catch(() => {})
  }

  settled(): Promise<void> {
    return this.#failure === undefined ? (this.#flush ?? Promise.resolve()) : Promise.reject(this.#failure)
  }

  close(): void {
    if (this.#failure === undefined) this.#write()
    this.#failure ??= new Error('the journal is closed')
    closeSync(this.#file)
  }

  #write(): void {
    if (this.#lines.length === 0) return
    const text = this.#lines.join('')
    this.#lines = []
    this.#bytes += writeAll(this.#file, text)
    if (this.#bytes > Math.max(this.#rewriteBytesMin, 4 * this.#bytesAfterRewrite)) this.#rewrite()
  }

  #rewrite(): void {
    const next = this.#generation + 1
    const path = join(this.#folder, fileOf(this.#name, next))
    const file = openSync(`${path}.tmp`, 'w')
    let bytes = 0
    let chunk = ''
    for (const entry of this.#present()) {
      chunk += lineOf(entry)
      if (chunk.length < chunkBytes) continue
      bytes += writeAll(file, chunk)
      chunk = ''
    }
    bytes += writeAll(file, chunk)
    renameSync(`${path}.tmp`, path)
    closeSync(this.#file)
    rmSync(join(this.#folder, fileOf(this.#name, this.#generation)))
    this.#file = file
    this.#generation = next
    this.#bytes = bytes
    this.#bytesAfterRewrite = bytes
  }
}

const writeAll = (file: number, text: string): number => {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
  return bytes.length
}

const checksum = (json: string | Uint8Array): string => crc32(json).toString(16).padStart(8, '0')

const lineOf = (entry: unknown): string => {
  const json = JSON.stringify(entry)
  return `${checksum(json)} ${json}\n`
}

const headLength = 9

/** @returns how many bytes hold whole lines */
const replay = (path: string, apply: (entry: never) => void): number => {
  const bytes = readFileSync(path)
  let from = 0
  for (let line = 1; ; line += 1) {
    const end = bytes.indexOf(10, from)
    if (end < 0) return from
    const json = bytes.subarray(from + headLength, end)
    if (checksum(json) !== bytes.toString('latin1', from, from + headLength - 1)) {
      throw new Misconfigured(
        'corrupt-journal',
        `${path} is damaged in line ${line}: restore it from a copy, or move it away to begin with nothing`,
      )
    }
    apply(JSON.parse(json.toString()) as never)
    from = end + 1
  }
}
