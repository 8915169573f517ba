// What a collection is: the schema of its documents, its indexes, and over how many instances it is spread.
import { hash } from 'node:crypto'
import type { GenericSchema, InferInput, InferOutput } from 'valibot'
import { Misconfigured } from '../../lib/index.ts'

/** A JSON object. */
export interface Document {
  readonly [name: string]: unknown
}

/**
 * `value`: of the field at `path`, each element of a list by itself. `words`: the words of a text, or of a list of texts, for search.
 * A document without the field is not in the index.
 */
export interface Index {
  readonly kind: 'value' | 'words'
  /** `price`, or `maker.country`. */
  readonly path: string
}

export interface Collection {
  /** What it parses to is stored, so it must parse to itself. */
  readonly schema: GenericSchema<unknown, Document>
  readonly indexes: { readonly [name: string]: Index }
  /** Instances that its documents are spread over, 1 to 64. To change it takes a move: see docs/scaling.md. */
  readonly shards: number
}
export interface Collections {
  readonly [name: string]: Collection
}
/** A document as its schema gives it, and as it takes it. */
export type DocumentOf<C extends Collection> = InferOutput<C['schema']>
export type DocumentIn<C extends Collection> = InferInput<C['schema']>

const shardsMax = 64
const namePattern = /^[a-z][a-z0-9-]{0,30}$/

/** @throws Misconfigured if a name or a number of shards is not allowed */
export const defineCollections = <const C extends Collections>(collections: C): C => {
  for (const [name, { indexes, shards }] of Object.entries(collections)) {
    const odd = [name, ...Object.keys(indexes)].find((one) => !namePattern.test(one))
    if (odd !== undefined)
      throw new Misconfigured(
        'illegal-name',
        `"${odd}": collections and indexes have lower-case letters, digits and dashes, at most 31`,
      )
    if (!Number.isInteger(shards) || shards < 1 || shards > shardsMax)
      throw new Misconfigured('illegal-shards', `${name} has ${shards} shards: choose 1 to ${shardsMax}`)
  }
  return collections
}

/** One shard of a collection. */
export interface Shard {
  readonly collection: string
  /** 0 ≤ shard < shards */
  readonly shard: number
  readonly shards: number
}

/**
 * The instance that holds a shard: `products/0-of-4`. The number of shards is in it, so that a collection that is spread anew begins
 * with empty instances, and none has documents that belong elsewhere.
 */
const instanceOf = ({ collection, shard, shards }: Shard): string => `${collection}/${shard}-of-${shards}`

/** Undefined if the id names no shard. */
export const shardIn = (instance: string): Shard | undefined => {
  const [, collection, shard, shards] = /^([^/]+)\/(\d+)-of-(\d+)$/.exec(instance) ?? []
  if (collection === undefined || Number(shard) >= Number(shards)) return undefined
  return { collection, shard: Number(shard), shards: Number(shards) }
}

/** The shard of a document. A hash spreads keys evenly whatever they are; a query by range asks all shards. */
export const shardOf = (key: string, shards: number): number =>
  shards === 1 ? 0 : Number.parseInt(hash('sha256', key, 'hex').slice(0, 8), 16) % shards

/** All instances of a collection, in the order of its shards. */
export const instancesOf = (collection: string, shards: number): readonly string[] =>
  Array.from({ length: shards }, (_, shard) => instanceOf({ collection, shard, shards }))

/** The instance that holds a document. */
export const instanceFor = (collection: string, { shards }: Collection, key: string): string =>
  instanceOf({ collection, shard: shardOf(key, shards), shards })
