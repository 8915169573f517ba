// Imports documents from the rows of a file: checked here, written in batches, a batch of each shard at a time.
import { CallFailed } from '../../lib/index.ts'
import type { CollectionClient } from './client.ts'
import { type Collection, type Document, shardOf } from './collection.ts'
import { demandDocument } from './writes.ts'

/** A row of a file, and what it becomes. */
export interface ImportRow {
  /** Its number, from 1 and without gaps. */
  readonly place: number
  readonly content: { readonly key: string; readonly document: Document } | { readonly fault: string }
}

export interface ImportOptions {
  readonly collection: Collection
  readonly client: Pick<CollectionClient<Document, unknown>, 'batch'>
  readonly rows: AsyncIterable<ImportRow>
  /** Told once of each row, in any order. */
  readonly settle: (place: number, result: 'written' | 'unchanged' | { readonly fault: string }) => void
  readonly isStopped?: () => boolean
}

/** Documents of one batch. A commit holds them all, so more of them cost memory and save little. */
const batchMax = 50

interface Item {
  readonly place: number
  readonly key: string
  readonly document: Document
}
/** What waits for one shard. It has one writer at a time, so a second batch would only get in the way of the first. */
interface Lane {
  waiting: Item[]
  writing: Promise<void>
}

/**
 * Reads no further than the slowest shard allows. The same key twice: the later row stands.
 * @throws what a batch met that is no refusal; rows that are not settled then may have been written
 */
export const importRows = async (options: ImportOptions): Promise<void> => {
  const { collection, rows, settle, isStopped = () => false } = options
  const lanes = Array.from({ length: collection.shards }, (): Lane => ({ waiting: [], writing: Promise.resolve() }))
  const failures: unknown[] = []
  const goesOn = (): boolean => failures.length === 0 && !isStopped()
  const flush = async (lane: Lane): Promise<void> => {
    await lane.writing
    if (!goesOn()) return
    lane.writing = write(options, lane.waiting.splice(0)).catch((error: unknown) => {
      failures.push(error)
    })
  }
  for await (const { place, content } of rows) {
    if (!goesOn()) break
    const item = checked(place, content, collection)
    if ('fault' in item) {
      settle(place, item)
      continue
    }
    const lane = lanes[shardOf(item.key, collection.shards)] as Lane
    lane.waiting.push(item)
    if (lane.waiting.length >= batchMax) await flush(lane)
  }
  await Promise.all(lanes.map(flush))
  await Promise.all(lanes.map(({ writing }) => writing))
  if (failures.length > 0) throw failures[0]
}

const write = async (options: ImportOptions, items: readonly Item[]): Promise<void> => {
  const { client, settle } = options
  if (items.length === 0) return
  try {
    const written = await client.batch(items.map(({ key, document }) => ({ kind: 'put', key, document: { ...document } })))
    for (const [n, { place }] of items.entries()) settle(place, written[n]?.changed === true ? 'written' : 'unchanged')
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error
    // One of them is refused, and with it all: each tells by itself.
    const [only, ...more] = items
    if (only !== undefined && more.length === 0) settle(only.place, { fault: error.message })
    else for (const one of items) await write(options, [one])
  }
}

const checked = (place: number, content: ImportRow['content'], collection: Collection): Item | { readonly fault: string } => {
  if ('fault' in content) return content
  try {
    return { place, key: content.key, document: demandDocument(content.document, content.key, collection) }
  } catch (error) {
    return { fault: (error as Error).message }
  }
}
