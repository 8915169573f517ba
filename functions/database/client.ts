// The database for whoever stands outside: finds the shard of a document, and makes one answer of what several shards say.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { InferInput, InferOutput } from 'valibot'
import { Transient } from '../../lib/index.ts'
import {
  type Collection,
  type Collections,
  type Document,
  type DocumentIn,
  type DocumentOf,
  instanceFor,
  instancesOf,
} from './collection.ts'
import { Database } from './contract.ts'
import { valuesOf } from './entries.ts'
import type { Condition } from './query-plan.ts'
import { gather } from './scatter.ts'
import type { Write, Written } from './writes.ts'

type Calls = (typeof Database)['calls']
type Messages = (typeof Database)['messages']
interface Keyed {
  readonly key?: string
}
/** What of a client of `connect()` is needed; a simulated world has it too. */
export interface DatabaseCaller {
  readonly call: (
    of: typeof Database,
    instance: string,
  ) => {
    readonly [T in keyof Calls]: (
      request: InferInput<Calls[T]['request']>,
      options?: Keyed,
    ) => Promise<InferOutput<Calls[T]['reply']>>
  }
  readonly send: (
    to: typeof Database,
    instance: string,
  ) => { readonly [T in keyof Messages]: (body: InferInput<Messages[T]>, options?: Keyed) => unknown }
}

export interface Stored<D> {
  readonly key: string
  /** Grows with each change. */
  readonly version: number
  readonly document: D
}
/** @see Condition */
export interface Asked extends Condition {
  /** Documents of a page, 1 to 1,000. Default 50. */
  readonly limit?: number
  /** Of the page before, with the same conditions. */
  readonly cursor?: string
}
export interface Page<D> {
  readonly documents: readonly Stored<D>[]
  /** There are more. */
  readonly cursor?: string
}
export interface WriteOptions {
  /** What the document's version must be; 0: it must not be there. Else the write is refused as `version-conflict`. */
  readonly version?: number
  /** Names the intention: the same call again within an hour gets the same answer, and writes nothing. */
  readonly key?: string
}

/**
 * One collection. Refusals are `CallFailed` with a code: `invalid-document` (the message names the path), `version-conflict`, `not-found`,
 * `too-large`, `unknown-index`, `wrong-query`, `wrong-cursor`, `index-not-built`, `unknown-collection`, `wrong-shard`. `Rejected`: a request that
 * the contract does not allow, as a key with control characters. `Transient`: no answer came, a write may have been done.
 */
export interface CollectionClient<I, D> {
  readonly get: (key: string) => Promise<Stored<D> | undefined>
  /** In the order of the keys, without those that are not there. */
  readonly getAll: (keys: readonly string[]) => Promise<readonly Stored<D>[]>
  readonly put: (key: string, document: I, options?: WriteOptions) => Promise<Written>
  /** JSON Merge Patch: fields that are null go. */
  readonly patch: (key: string, patch: { readonly [name: string]: unknown }, options?: WriteOptions) => Promise<Written>
  readonly delete: (key: string, options?: WriteOptions) => Promise<Written>
  /** Up to 100 writes to one shard are done all or, where one is refused, none; other shards have theirs. Results as the writes. */
  readonly batch: (writes: readonly Write[], options?: Keyed) => Promise<readonly Written[]>
  readonly query: (asked?: Asked) => Promise<Page<D>>
  /** All documents of a query, page by page. */
  readonly all: (condition?: Condition) => AsyncIterable<Stored<D>>
  readonly count: (condition?: Omit<Condition, 'reverse'>) => Promise<number>
  /** An instance is told of all changes from when its message has reached each shard. */
  readonly subscribe: (process: string, instance: string) => Promise<void>
  /** Builds what an index lacks that was added or changed. */
  readonly reindex: () => Promise<void>
}

/** What one batch has at most: documents; JSON, since a message has 1 MiB; rows, of which a handler writes 1,000 and old ones are among them. */
const batchMax: Weight = { items: 100, bytes: 700_000, rows: 400 }
const exportedAtOnce = 200
const limitDefault = 50
const triesDefault = 4
const waitMs = 50

export interface OpenOptions {
  /** Of an earlier layout of the collection: it can be read. */
  readonly shards?: number
  /** How often a call is made that brings no answer. Default 4, within about a second. */
  readonly tries?: number
}

export const openCollection = <C extends Collections, N extends keyof C & string>(
  caller: DatabaseCaller,
  collections: C,
  name: N,
  { shards = (collections[name] as Collection).shards, tries = triesDefault }: OpenOptions = {},
): CollectionClient<DocumentIn<C[N]>, DocumentOf<C[N]>> => {
  type D = DocumentOf<C[N]>
  const collection = { ...(collections[name] as Collection), shards }
  const instances = instancesOf(name, shards)
  const at = (key: string) => caller.call(Database, instanceFor(name, collection, key))
  const again = async <T>(act: () => Promise<T>): Promise<T> => {
    for (let done = 1; ; done++) {
      try {
        return await act()
      } catch (error) {
        if (!(error instanceof Transient) || done >= tries) throw error
        await sleep(waitMs * 2 ** done * (0.5 + Math.random() / 2))
      }
    }
  }
  /** What may be made again without a key: what expects no version comes to the same the second time. */
  const write = <T>({ version, key }: WriteOptions, act: (named: Keyed) => Promise<T>): Promise<T> => {
    const own = key ?? (version === undefined ? undefined : randomUUID())
    return again(() => act(own === undefined ? {} : { key: own }))
  }

  const grouped = <T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly [string, readonly Item<T>[]])[] => {
    const groups = Map.groupBy(
      items.map((item, n) => ({ item, n })),
      ({ item }) => instanceFor(name, collection, keyOf(item)),
    )
    return [...groups]
  }

  const query = async ({ limit = limitDefault, cursor, ...condition }: Asked = {}): Promise<Page<D>> => {
    const ask = (shard: number, asked: InferInput<Calls['Query']['request']>) =>
      again(() => caller.call(Database, instances[shard] as string).Query(asked))
    const page = await gather({ collection: name, condition, limit, cursor, shards, ask })
    const documents = page.documents.map(({ key, version, document }) => ({ key, version, document: document as D }))
    return { documents, ...(page.cursor !== undefined && { cursor: page.cursor }) }
  }

  return {
    get: async (key) => (await again(() => at(key).Get({ key }))).found,
    getAll: async (keys) => {
      const found = new Map<string, Stored<D>>()
      const asking = grouped(keys, (key) => key).map(async ([instance, items]) => {
        for (const some of chunks(items)) {
          let left: readonly string[] = some.map(({ item }) => item)
          while (left.length > 0) {
            const asked = [...left]
            const reply = await again(() => caller.call(Database, instance).GetAll({ keys: asked }))
            for (const one of reply.found) found.set(one.key, one)
            left = reply.left ?? []
          }
        }
      })
      await Promise.all(asking)
      return keys.flatMap((key) => found.get(key) ?? [])
    },
    put: (key, document, options = {}) => {
      const request = { key, document: document as Document, ...expecting(options) }
      return write(options, (named) => at(key).Put(request, named))
    },
    patch: (key, patch, options = {}) => write(options, (named) => at(key).Patch({ key, patch, ...expecting(options) }, named)),
    delete: (key, options = {}) => write(options, (named) => at(key).Delete({ key, ...expecting(options) }, named)),
    batch: async (writes, { key } = {}) => {
      const own = key ?? (writes.some(({ version }) => version !== undefined) ? randomUUID() : undefined)
      const results: Written[] = []
      const writing = grouped(writes, (one) => one.key).map(async ([instance, items]) => {
        for (const [n, some] of chunks(items, ({ item }) => weightOf(item, collection)).entries()) {
          const batch = { writes: some.map(({ item }) => item) }
          const named = own === undefined ? {} : { key: `${own}-${n}` }
          const { written } = await again(() => caller.call(Database, instance).Batch(batch, named))
          for (const [place, one] of written.entries()) results[some[place]?.n ?? 0] = one
        }
      })
      await Promise.all(writing)
      return results
    },
    query,
    all: async function* (condition = {}) {
      let cursor: string | undefined
      do {
        const page = await query({ ...condition, limit: exportedAtOnce, ...(cursor !== undefined && { cursor }) })
        yield* page.documents
        cursor = page.cursor
      } while (cursor !== undefined)
    },
    count: async (condition = {}) => {
      const counts = instances.map(async (instance) => {
        let sum = 0
        let cursor: string | undefined
        do {
          const asked = { ...condition, ...(cursor !== undefined && { cursor }) }
          const part = await again(() => caller.call(Database, instance).Count(asked))
          sum += part.count
          cursor = part.cursor
        } while (cursor !== undefined)
        return sum
      })
      return (await Promise.all(counts)).reduce((sum, one) => sum + one, 0)
    },
    subscribe: async (process, instance) => {
      await Promise.all(instances.map((shard) => caller.send(Database, shard).Subscribe({ process, instance })))
    },
    reindex: async () => {
      await Promise.all(instances.map((shard) => caller.send(Database, shard).Reindex({})))
    },
  }
}

const expecting = ({ version }: WriteOptions): Pick<WriteOptions, 'version'> => (version === undefined ? {} : { version })

interface Item<T> {
  readonly item: T
  /** Its place among all. */
  readonly n: number
}

interface Weight {
  readonly items: number
  readonly bytes: number
  readonly rows: number
}
const unit: Weight = { items: 1, bytes: 0, rows: 1 }
const weightOf = (write: Write, { indexes }: Collection): Weight => {
  const document = write.kind === 'put' ? write.document : write.kind === 'patch' ? write.patch : {}
  const values = Object.values(indexes).reduce((sum, index) => sum + valuesOf(document, index).length, 0)
  return { items: 1, bytes: JSON.stringify(write).length, rows: 1 + values }
}

/** Cut where one call takes no more. */
const chunks = <T>(all: readonly T[], weigh: (one: T) => Weight = () => unit): readonly (readonly T[])[] => {
  const chunks: T[][] = []
  let sum: Weight = batchMax
  for (const one of all) {
    const own = weigh(one)
    sum = { items: sum.items + own.items, bytes: sum.bytes + own.bytes, rows: sum.rows + own.rows }
    const fits = sum.items <= batchMax.items && sum.bytes <= batchMax.bytes && sum.rows <= batchMax.rows
    if (fits) chunks.at(-1)?.push(one)
    else {
      chunks.push([one])
      sum = own
    }
  }
  return chunks
}
