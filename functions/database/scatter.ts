// A query over all shards of a collection: each answers in order, and their answers are merged into one page.
import type { InferOutput } from 'valibot'
import type { Database } from './contract.ts'
import { type Condition, cursorOf, type Query } from './query-plan.ts'
import { compareBytes } from './sort-key.ts'

type Answer = InferOutput<(typeof Database)['calls']['Query']['reply']>
export type Found = Answer['documents'][number]

export interface Scattered {
  readonly collection: string
  readonly condition: Condition
  readonly limit: number
  readonly cursor?: string | undefined
  readonly shards: number
  readonly ask: (shard: number, query: Query) => Promise<Answer>
}

/** What of a shard's answers is not given yet. */
interface Stream {
  readonly shard: number
  waiting: readonly Found[]
  /** Where its next answer begins; undefined: it has none. */
  next: { readonly cursor: string | undefined } | undefined
}

/**
 * A place in the order is the same in every shard, so one cursor serves them all: behind the last document that was given.
 * @returns at most `limit` documents; fewer only if there are no more
 */
export const gather = async (scattered: Scattered): Promise<Answer> => {
  const { collection, condition, limit, cursor, shards } = scattered
  const streams = Array.from({ length: shards }, (_, shard): Stream => ({ shard, waiting: [], next: { cursor } }))
  const refilled = async (wanted: number): Promise<void> => {
    // A shard may look at many places that do not suit before it has an answer, and none may be passed over.
    for (let dry = streams.filter(isDry); dry.length > 0; dry = dry.filter(isDry))
      await Promise.all(dry.map((stream) => refill(stream, scattered, wanted)))
  }
  const documents: Found[] = []
  while (documents.length < limit) {
    await refilled(limit - documents.length)
    const first = earliest(streams, condition.reverse === true)
    if (first === undefined) return { documents }
    documents.push(first)
  }
  // A cursor promises that there is more.
  if (!streams.some(({ waiting }) => waiting.length > 0)) await refilled(1)
  const last = documents.at(-1)
  const more = streams.some(({ waiting }) => waiting.length > 0)
  return { documents, ...(more && last !== undefined && { cursor: cursorOf(collection, condition, last.at) }) }
}

const isDry = ({ waiting, next }: Stream): boolean => waiting.length === 0 && next !== undefined

const refill = async (stream: Stream, { condition, shards, ask }: Scattered, wanted: number): Promise<void> => {
  const limit = shareOf(wanted, shards)
  const answer = await ask(stream.shard, {
    ...condition,
    limit,
    ...(stream.next?.cursor !== undefined && { cursor: stream.next.cursor }),
  })
  stream.waiting = answer.documents
  stream.next = answer.cursor === undefined ? undefined : { cursor: answer.cursor }
}

/** What one of several shards gives of so many: keys are spread by chance, so two deviations more than its share are mostly enough. */
export const shareOf = (wanted: number, shards: number): number => {
  const share = wanted / shards
  return shards === 1 ? wanted : Math.min(wanted, Math.ceil(share + 2 * Math.sqrt(share)))
}

const earliest = (streams: readonly Stream[], reverse: boolean): Found | undefined => {
  let chosen: Stream | undefined
  for (const stream of streams) {
    const [head, best] = [stream.waiting[0], chosen?.waiting[0]]
    if (head === undefined) continue
    if (best === undefined || (reverse ? compareBytes(head.at, best.at) > 0 : compareBytes(head.at, best.at) < 0)) chosen = stream
  }
  const head = chosen?.waiting[0]
  if (chosen !== undefined) chosen.waiting = chosen.waiting.slice(1)
  return head
}
