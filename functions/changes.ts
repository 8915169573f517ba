// What the database tells its subscribers: the message that their contracts share.
import * as v from 'valibot'

const change = v.object({
  collection: v.string(),
  /** Of the document. */
  key: v.string(),
  /**
   * Of the document after the change, or of its deletion. It grows with each change, and none comes twice, not even for a document that
   * was deleted and put again. It begins at a time in ms × 1000.
   */
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  deleted: v.optional(v.literal(true)),
})
/** One document changed. It names the document and does not carry it: who wants it asks for it. */
export type Change = v.InferOutput<typeof change>

/**
 * The messages of whoever subscribes: `contract('cache', { messages: { ...changes, … } })`. They come in the order of the changes of a shard,
 * and so of a document; none is lost, and none comes twice. A put of a document as it is already is no change.
 */
export const changes = { Changed: change }
