// The journal that keeps the queues on disk: lines appended before an answer leaves, read again at start, rewritten when it grew
// long.
import { closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { Misconfigured } from '../core/errors.ts'
import type { QueueChange } from '../sim/queue-change.ts'
import type { QueueAttributes } from './sqs-attributes.ts'

export interface QueueEntry {
  readonly kind: 'queue'
  readonly name: string
  readonly attributes: QueueAttributes
  readonly tags: Readonly<Record<string, string>>
  /** Ms since 1970. */
  readonly createdAt: number
  readonly modifiedAt: number
}

/** One line of the journal. */
export type JournalEntry =
  | QueueEntry
  | { readonly kind: 'deleted'; readonly name: string }
  | { readonly kind: 'change'; readonly queue: string; readonly change: QueueChange }

/** What a store writes its changes to. */
export interface Journal {
  append(entry: JournalEntry): void
  /** Resolves when all that was appended is kept. */
  settled(): Promise<void>
  close(): void
}

/** Whose state a journal keeps. */
export interface JournalOwner {
  /** Gets each entry that is there, in order. */
  readonly apply: (entry: JournalEntry) => void
  /** The state as entries: what a rewrite keeps. */
  readonly present: () => Iterable<JournalEntry>
  /** A shorter file is not rewritten; 16 MiB unless given. */
  readonly bytesMin?: number
}

/** Keeps nothing: for queues that may go with the process. */
export const noJournal: Journal = { append: () => {}, settled: () => Promise.resolve(), close: () => {} }

const pattern = /^sqs-(\d{6})\.journal$/
const fileOf = (generation: number): string => `sqs-${String(generation).padStart(6, '0')}.journal`
const rewriteBytesMin = 16 * 1024 * 1024
const chunkBytes = 1024 * 1024

/**
 * One file, `sqs-<generation>.journal`, a line for each entry: CRC-32 in hex, a space, JSON. What was written survives the death
 * of the process, since the operating system has it (`write` has returned) before anybody is answered; all that is appended in
 * one turn of the event loop is one write. A rewrite puts the present state into the file of the next generation under another
 * name and renames it; the older file is then deleted, now or at the next start.
 */
export class FileJournal implements Journal {
  readonly #folder: string
  readonly #present: () => Iterable<JournalEntry>
  readonly #rewriteBytesMin: number
  #generation = 0
  #file = -1
  #bytes = 0
  #bytesAfterRewrite = 0
  #lines: string[] = []
  #flush: Promise<void> | undefined
  #failure: Error | undefined

  private constructor(folder: string, present: () => Iterable<JournalEntry>, bytesMin: number) {
    this.#folder = folder
    this.#present = present
    this.#rewriteBytesMin = bytesMin
  }

  /**
   * Reads what is there and goes on behind it.
   * @throws Misconfigured if the file is damaged anywhere but in an unfinished last line
   */
  static open(folder: string, { apply, present, bytesMin = rewriteBytesMin }: JournalOwner): FileJournal {
    mkdirSync(folder, { recursive: true })
    const journal = new FileJournal(folder, present, bytesMin)
    const generations = readdirSync(folder).flatMap((name) => {
      if (name.endsWith('.journal.tmp')) rmSync(join(folder, name))
      return pattern.test(name) ? [Number(pattern.exec(name)?.[1])] : []
    })
    journal.#generation = Math.max(1, ...generations)
    for (const old of generations.filter((generation) => generation < journal.#generation)) rmSync(join(folder, fileOf(old)))
    const path = join(folder, fileOf(journal.#generation))
    journal.#file = openSync(path, 'a+')
    journal.#bytes = replay(path, apply)
    // A write that the death of the process cut short was never answered.
    ftruncateSync(journal.#file, journal.#bytes)
    return journal
  }

  append(entry: JournalEntry): void {
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
    const path = join(this.#folder, fileOf(next))
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
    rmSync(join(this.#folder, fileOf(this.#generation)))
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

const lineOf = (entry: JournalEntry): string => {
  const json = JSON.stringify(entry)
  return `${checksum(json)} ${json}\n`
}

const headLength = 9

/** @returns how many bytes hold whole lines */
const replay = (path: string, apply: (entry: JournalEntry) => void): number => {
  const bytes = readFileSync(path)
  let from = 0
  for (let line = 1; ; line += 1) {
    const end = bytes.indexOf(10, from)
    if (end < 0) return from
    const json = bytes.subarray(from + headLength, end)
    if (checksum(json) !== bytes.toString('latin1', from, from + headLength - 1)) {
      throw new Misconfigured(
        'corrupt-journal',
        `${path} is damaged in line ${line}: restore it from a copy, or move it away to begin with empty queues`,
      )
    }
    apply(JSON.parse(json.toString()) as JournalEntry)
    from = end + 1
  }
}
