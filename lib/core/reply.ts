// Answers to direct calls, kept so that whoever asks again gets the same one: the newest in the record; those to a client's key beside it
// for an hour. A call without a key is asked again only by a client that lost its connection, and at once.
import type { Answer } from './call.ts'
import type { Item } from './item.ts'
import { repliesBytesMax, repliesMax, replyKeptMs } from './limits.ts'

export interface KeptReply {
  /** Digest of the request's id. */
  readonly id: string
  /** ms since 1970. */
  readonly at: number
  /** The answer as JSON text. */
  readonly text: string
  /** Whether the client named the call by a key of its own. */
  readonly keyed: boolean
}

export const encodeReplies = (replies: readonly KeptReply[]): string | undefined =>
  replies.length === 0 ? undefined : JSON.stringify(replies)
export const decodeReplies = (text: string | undefined): readonly KeptReply[] =>
  text === undefined ? [] : (JSON.parse(text) as readonly KeptReply[])

/** What leaves the record with a commit, and the items that must be written before it. */
export interface RepliesLeft {
  readonly replies: readonly KeptReply[]
  readonly items: readonly Item[]
}

/**
 * Drops what is kept long enough, and moves the oldest half out where there are too many. Only what the loaded record held may move:
 * a commit that fails must not leave an answer that was never given.
 */
export const moveReplies = (
  instance: string,
  loaded: readonly KeptReply[],
  grown: readonly KeptReply[],
  now: number,
): RepliesLeft => {
  const kept = grown.filter(({ at }) => now - at < replyKeptMs)
  const bytes = kept.reduce((sum, { text }) => sum + text.length, 0)
  if (kept.length <= repliesMax && bytes <= repliesBytesMax) return { replies: kept, items: [] }
  const held = new Set(loaded.map(({ id }) => id))
  const leaving = kept.filter(({ id }) => held.has(id)).slice(0, Math.max(repliesMax / 2, kept.length - repliesMax))
  const gone = new Set(leaving)
  return {
    replies: kept.filter((reply) => !gone.has(reply)),
    items: leaving.filter(({ keyed }) => keyed).map((reply) => replyItem(instance, reply)),
  }
}

export const replySk = (id: string): string => `reply/${id}`

const replyItem = (pk: string, { id, at, text }: KeptReply): Item => ({
  pk,
  sk: replySk(id),
  attributes: { text, expires: Math.ceil((at + replyKeptMs) / 1000) },
})

/** How an answer reads once it is no longer kept. */
export const replyGone: Answer = {
  ok: false,
  code: 'reply-gone',
  message:
    'this call was answered over an hour ago, and its answer is kept no longer; it is not run again. Ask anew under another key',
}
