// What others may say to a shard of a collection. Its id names both: `products/0-of-4`; the client of this folder finds it by a document's key.
import * as v from 'valibot'
import { contract } from '../../lib/index.ts'
import { instanceId } from '../instance-id.ts'

/** Keys stand in sort keys, where control characters part what is in them. */
const key = v.pipe(
  v.string(),
  v.regex(/^[^\p{Control}\p{Surrogate}]+$/u, 'a key has at least one character and no control characters'),
  v.maxBytes(200),
)
/** A JSON object. Its schema is the collection's: a document that breaks it is refused as `invalid-document`. */
const document = v.record(v.string(), v.unknown())
/** What the document's version must be, or the write is refused as `version-conflict`. 0: it must not be there. */
const expected = v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)))
const put = { key, document, version: expected }
/** JSON Merge Patch (RFC 7396). Refused as `not-found` where there is no document. */
const patch = { key, patch: document, version: expected }
/** To delete what is not there is no change, and refused only if a version is expected. */
const removal = { key, version: expected }
const write = v.variant('kind', [
  v.strictObject({ kind: v.literal('put'), ...put }),
  v.strictObject({ kind: v.literal('patch'), ...patch }),
  v.strictObject({ kind: v.literal('delete'), ...removal }),
])
const writes = v.pipe(v.array(write), v.minLength(1), v.maxLength(100))
/** `version`: of the document now, 0 where there is none. `changed`: false where it is as it was. */
const written = { version: v.number(), changed: v.boolean() }
const stored = { key: v.string(), version: v.number(), document }

const scalar = v.union([v.string(), v.number(), v.boolean(), v.null()])
/** Which documents: without `index` by key. A cursor of another query is refused as `wrong-cursor`. */
const range = {
  /** Refused as `unknown-index` where the collection has no such index. */
  index: v.optional(v.string()),
  equals: v.optional(scalar),
  /** Texts that begin so. */
  prefix: v.optional(v.string()),
  /** Inclusive. */
  from: v.optional(scalar),
  /** Exclusive. */
  to: v.optional(scalar),
  /** On an index of words: each of these words begins a word of the document. */
  matches: v.optional(v.string()),
  cursor: v.optional(v.string()),
}
const subscriber = v.strictObject({ process: v.string(), instance: instanceId })

export const Database = contract('database', {
  messages: {
    /** All of them or, where one is refused, none: the message is set aside then. */
    Write: v.strictObject({ writes }),
    /** From now on the instance is told of every change of this shard. Its process must be among those that the database may tell. */
    Subscribe: subscriber,
    Unsubscribe: subscriber,
    /** Builds what an index that was added or changed lacks. Queries on it are refused as `index-not-built` meanwhile. */
    Reindex: v.strictObject({}),
    /** The shard goes with all its documents, and nobody is told. Only one of an earlier layout of its collection does. */
    Drop: v.strictObject({}),
  },
  calls: {
    Get: { request: v.strictObject({ key }), reply: v.strictObject({ found: v.optional(v.strictObject(stored)) }) },
    /** Those that are there, in the order of the keys; `left`: the rest of the keys, where one answer has no room for all. */
    GetAll: {
      request: v.strictObject({ keys: v.pipe(v.array(key), v.maxLength(100)) }),
      reply: v.strictObject({ found: v.array(v.strictObject(stored)), left: v.optional(v.array(v.string())) }),
    },
    Put: { request: v.strictObject(put), reply: v.strictObject(written) },
    Patch: { request: v.strictObject(patch), reply: v.strictObject(written) },
    Delete: { request: v.strictObject(removal), reply: v.strictObject(written) },
    /** All of them or none. */
    Batch: { request: v.strictObject({ writes }), reply: v.strictObject({ written: v.array(v.strictObject(written)) }) },
    /** A page may be short, or empty, and yet have a cursor: then there may be more. */
    Query: {
      request: v.strictObject({
        ...range,
        reverse: v.optional(v.boolean()),
        limit: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(1000))),
      }),
      reply: v.strictObject({
        /** `at`: the place of each in the order, to be compared by bytes. */
        documents: v.array(v.strictObject({ ...stored, at: v.string() })),
        cursor: v.optional(v.string()),
      }),
    },
    /** With a cursor: that many so far, and there are more to count. */
    Count: {
      request: v.strictObject(range),
      reply: v.strictObject({ count: v.number(), cursor: v.optional(v.string()) }),
    },
  },
})
