// One run of an import: the rows of a file become documents, and whoever watches sees how far it is.
import { statSync } from 'node:fs'
import { FailedError, UsageError } from '../../lib/cli/failure.ts'
import { Display, grouped, Progress } from '../../lib/cli/progress.ts'
import { isCsv, readRows } from '../../lib/cli/rows.ts'
import type { Terminal } from '../../lib/cli/terminal.ts'
import type { Collection } from './collection.ts'
import { documentIn, type RowFormat } from './file-row.ts'
import { type ImportOptions, type ImportRow, importRows } from './import-rows.ts'

export interface FileOptions extends RowFormat {
  readonly strict?: boolean
  readonly restart?: boolean
}

export interface FileImport {
  readonly file: string
  readonly options: FileOptions
  /** For people, and so that another target is another progress. */
  readonly target: string
  readonly collection: Collection
  readonly client: ImportOptions['client']
  readonly terminal: Terminal
}

export interface Imported {
  readonly written: number
  /** Documents that were there already, as they are. */
  readonly unchanged: number
  readonly bad: number
  /** Rows that an earlier run was done with. */
  readonly earlier: number
  readonly seconds: number
}

/** @throws UsageError if the file cannot be read so, FailedError if it was stopped: the same command goes on then */
export const importFile = async ({ file, options, target, collection, client, terminal }: FileImport): Promise<Imported> => {
  const size = statSync(file, { throwIfNoEntry: false })?.size
  if (size === undefined) throw new UsageError(`${file} is not there: name a CSV or JSON-lines file`)
  if (options.key === undefined && options.onlineRetail !== true && isCsv(file))
    throw new UsageError(`name the column of ${file} that has the key with --key`)
  const { key, numbers, onlineRetail, restart = false } = options
  const progress = new Progress(file, ['import', target, key, numbers, onlineRetail], restart)
  const run = follow(new Display(terminal.err, 'documents'), progress, file, options.strict === true)
  const stopListening = terminal.onInterrupt(run.stop)
  try {
    const rows = rowsOf(file, size, options, progress.reached.rows, run)
    await importRows({ collection, client, rows, settle: run.settle, isStopped: run.isStopped })
  } catch (cause) {
    progress.save()
    throw new FailedError(`${(cause as Error).message}. The same command goes on from here`, { cause })
  } finally {
    stopListening()
    run.end()
  }
  if (run.isStopped()) {
    progress.save()
    throw new FailedError('stopped: the same command goes on from here')
  }
  progress.clear()
  return run.imported()
}

type Settle = ImportOptions['settle']
interface Following {
  /** Where the row stands in the file. */
  readonly reached: (place: number, line: number, share: number) => void
  readonly settle: Settle
  readonly stop: () => void
  readonly isStopped: () => boolean
  readonly imported: () => Imported
  readonly end: () => void
}

const follow = (display: Display, progress: Progress, file: string, strict: boolean): Following => {
  const began = Date.now()
  const counts = { written: 0, unchanged: 0, bad: 0 }
  const under = new Map<number, { readonly line: number; readonly share: number }>()
  const { rows: earlier, bad: earlierBad } = progress.reached
  let stopped = false
  if (earlier > 0) display.note(`going on after row ${grouped(earlier)} of an earlier run (--restart begins anew)`)
  const seconds = (): number => Math.max((Date.now() - began) / 1000, 0.001)
  return {
    reached: (place, line, share) => {
      under.set(place, { line, share })
    },
    settle: (place, result) => {
      const fault = typeof result === 'object' ? result.fault : undefined
      const { line = 0, share = 0 } = under.get(place) ?? {}
      under.delete(place)
      if (fault !== undefined) display.note(`${file}:${line}: ${fault}`)
      counts[typeof result === 'object' ? 'bad' : result]++
      // A row that is to be mended is not done with.
      if (fault !== undefined && strict) stopped = true
      else progress.settle(place, fault === undefined ? 'sent' : 'bad')
      const done = counts.written + counts.unchanged + counts.bad
      display.update(share, done, done / seconds())
    },
    stop: () => {
      stopped = true
    },
    isStopped: () => stopped,
    imported: () => ({ ...counts, bad: counts.bad + earlierBad, earlier, seconds: seconds() }),
    end: () => display.stop(),
  }
}

async function* rowsOf(
  file: string,
  size: number,
  options: FileOptions,
  earlier: number,
  { reached, settle }: Following,
): AsyncIterable<ImportRow> {
  const seen = new Set<string>()
  let place = 0
  for await (const { line, bytes, content } of readRows(file)) {
    place++
    const read = 'fault' in content ? content : attempt(() => documentIn(content.fields, options))
    // An article stands on many order lines: the first makes the product.
    const repeated = options.onlineRetail === true && 'key' in read && seen.has(read.key)
    if ('key' in read && options.onlineRetail === true) seen.add(read.key)
    if (place <= earlier) continue
    reached(place, line, Math.min(1, bytes / size))
    if (repeated) settle(place, 'unchanged')
    else yield { place, content: read }
  }
}

const attempt = <T>(act: () => T): T | { readonly fault: string } => {
  try {
    return act()
  } catch (error) {
    return { fault: (error as Error).message }
  }
}
