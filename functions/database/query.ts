// Queries on one shard: a page of documents, or their number, from a range of its rows.
import type { InferOutput } from 'valibot'
import type { Collection } from './collection.ts'
import type { Database } from './contract.ts'
import { behind, cursorOf, type Plan, placeIn, placeOf, planOf, type Query } from './query-plan.ts'
import { type Rows, readStored, type Stored, storedIn } from './row.ts'
import { documentKey } from './sort-key.ts'

type Calls = (typeof Database)['calls']
type Page = InferOutput<Calls['Query']['reply']>
type Several = InferOutput<Calls['GetAll']['reply']>
type Counted = InferOutput<Calls['Count']['reply']>
type Counting = InferOutput<Calls['Count']['request']>

const limitDefault = 50
/** Places that one query looks at: where few of them suit, its page is short. */
const looksMax = 1000
/** Places that are looked at together. */
const looksAtOnce = 100
/** JSON of one page: an answer may have to fit a queue message. */
const pageBytesMax = 500_000

interface Place {
  readonly name: string
  readonly collection: Collection
}

/** @throws CallFailed `unknown-index`, `wrong-query` or `wrong-cursor` */
export const query = async (rows: Rows, { name, collection }: Place, asked: Query): Promise<Page> => {
  const { limit = limitDefault, cursor, ...condition } = asked
  const plan = planOf(collection, condition)
  const documents: Page['documents'] = []
  let place = cursor === undefined ? undefined : placeIn(name, condition, cursor)
  const upToHere = (): Page => ({ documents, ...(place !== undefined && { cursor: cursorOf(name, condition, place) }) })
  let bytes = 0
  for (let looked = 0; looked < looksMax; ) {
    const most = plan.sparse ? looksAtOnce : Math.min(limit - documents.length, looksAtOnce)
    const { looks, more } = await look(rows, plan, place, most)
    for (const { at, key, stored } of await withDocuments(rows, plan, looks)) {
      if (stored !== undefined) {
        bytes += bytesOf(stored)
        if (documents.length === limit || (documents.length > 0 && bytes > pageBytesMax)) return upToHere()
        documents.push({ key, ...stored, at })
      }
      place = at
    }
    if (!more) return { documents }
    if (documents.length === limit) break
    looked += looks.length
  }
  return upToHere()
}

/** Documents in the order of their keys; with `left` the keys for which there was no room in one answer. */
export const getAll = async (rows: Rows, keys: readonly string[]): Promise<Several> => {
  const all = await readStored(rows, keys)
  const found: Several['found'] = []
  let bytes = 0
  for (const [n, key] of keys.entries()) {
    const stored = all[n]
    if (stored === undefined) continue
    bytes += bytesOf(stored)
    if (found.length > 0 && bytes > pageBytesMax) return { found, left: keys.slice(n) }
    found.push({ key, ...stored })
  }
  return { found }
}

const bytesOf = (stored: Stored): number => Buffer.byteLength(JSON.stringify(stored))

/** @throws CallFailed as `query` */
export const count = async (rows: Rows, { name, collection }: Place, asked: Counting): Promise<Counted> => {
  const { cursor, ...condition } = asked
  const plan = planOf(collection, condition)
  let place = cursor === undefined ? undefined : placeIn(name, condition, cursor)
  let counted = 0
  for (let looked = 0; looked < looksMax; ) {
    const { looks, more } = await look(rows, plan, place, looksAtOnce)
    const suiting = plan.single ? looks : (await withDocuments(rows, plan, looks)).filter(({ stored }) => stored !== undefined)
    counted += suiting.length
    looked += looks.length
    place = looks.at(-1)?.at ?? place
    if (!more) return { count: counted }
  }
  return { count: counted, ...(place !== undefined && { cursor: cursorOf(name, condition, place) }) }
}

/** A row in the range of a plan. */
interface Look {
  /** Its place in the order. */
  readonly at: string
  /** Of its document. */
  readonly key: string
  /** The document, where the row is its own. */
  readonly stored: Stored | undefined
}

const look = async (
  rows: Rows,
  plan: Plan,
  place: string | undefined,
  most: number,
): Promise<{ readonly looks: readonly Look[]; readonly more: boolean }> => {
  const { from, to } = behind(plan, place)
  const page = await rows.range({
    prefix: plan.rows + plan.prefix,
    from: plan.rows + from,
    to: to === undefined ? undefined : plan.rows + to,
    reverse: plan.reverse,
    limit: most,
  })
  const looks = page.rows.map(({ key, value }): Look => {
    const at = key.slice(plan.rows.length)
    return { at, key: plan.index === undefined ? at : documentKey(at), stored: storedIn(value) }
  })
  return { looks, more: page.cursor !== undefined }
}

/** The documents of those that the plan asks for; one that stands in the range at several places is given at the first. */
const withDocuments = async (rows: Rows, plan: Plan, looks: readonly Look[]): Promise<readonly Look[]> => {
  if (plan.index === undefined) return looks
  const found = await readStored(
    rows,
    looks.map(({ key }) => key),
  )
  return looks.map(({ at, key }, n) => {
    const stored = found[n]
    const given = stored !== undefined && plan.suits(stored.document) && placeOf(plan, key, stored.document) === at
    return { at, key, stored: given ? stored : undefined }
  })
}
