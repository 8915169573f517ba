// What others may say to an instance of the distributed cache. The client beside it says it for them.
import * as v from 'valibot'
import { contract } from '../../lib/index.ts'
import { changes } from '../changes.ts'

/** Instances of the cache, `cache/0` to `cache/3`. To change it: docs/scaling.md. */
export const instances = 4
/** The ids of so many. */
export const instanceIds = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `${n}`)

/** Bytes of a key, and of a tag, in UTF-8. */
export const keyBytesMax = 400
/** What a value may take, as JSON in UTF-8. A row holds 300 KB; the rest is for what is kept beside it. */
export const valueBytesMax = 280_000
/** How long somebody may load: 1 s to 1 min. */
const leaseMs = v.pipe(v.number(), v.integer(), v.minValue(1000), v.maxValue(60_000))
/** At most 30 days. */
const ms = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(30 * 24 * 3_600_000))
const name = v.pipe(v.string(), v.minLength(1), v.maxBytes(keyBytesMax))
const names = v.pipe(v.array(name), v.maxLength(100))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))

/** What was kept when its time was over; without a value it was known not to exist. */
const stale = v.optional(v.object({ value: v.optional(v.unknown()) }))

/** What an instance has done since its beginning, and what it holds. */
const stats = v.object({
  /** Answers from what is kept, as far as clients have told of them: a hit writes nothing, so nobody else knows. */
  hits: count,
  /** Leases given. */
  misses: count,
  /** Values taken, and refused since their lease counted no more or they are too large. */
  fills: count,
  refused: count,
  /** Entries removed for others' sake. */
  evictions: count,
  /** Messages that invalidated something. */
  invalidations: count,
  entries: count,
  bytes: count,
  bytesMax: count,
})
export type Stats = v.InferOutput<typeof stats>

const got = v.variant('kind', [
  /** It is good for `freshMs` from the asking. */
  v.object({ kind: v.literal('hit'), value: v.unknown(), freshMs: count }),
  /** It is known not to exist. */
  v.object({ kind: v.literal('negative'), freshMs: count }),
  /** Load it, and `Fill` under the lease, or `Release` it. */
  v.object({ kind: v.literal('miss'), lease: count }),
  /** Somebody loads it: ask again in `retryMs`, or take what is stale. */
  v.object({ kind: v.literal('wait'), retryMs: count, stale }),
])
export type Got = v.InferOutput<typeof got>

export const Cache = contract('cache', {
  messages: {
    /** A document has changed: forgets the key `<collection>/<key>`, and all that is tagged with the collection. */
    ...changes,
    /** What was loaded; without a value it does not exist. Age counts from the lease, before the loading. */
    Fill: v.object({
      key: name,
      lease: count,
      value: v.optional(v.unknown()),
      ttlMs: ms,
      /** How long after that it may still be had by those who would otherwise wait. */
      staleMs: v.optional(ms),
      tags: v.optional(names),
      /** What this client had from this instance since it last told: keys, the newest of them, and how many answers. */
      hits: v.optional(v.object({ keys: names, count })),
    }),
    /** It could not be loaded: the next who asks gets the lease. */
    Release: v.object({ key: name, lease: count }),
    Invalidate: v.object({ keys: v.optional(names), tags: v.optional(names) }),
    /** Forgets all. */
    Clear: v.object({}),
  },
  calls: {
    Get: { request: v.object({ key: name, leaseMs }), reply: got },
    Stats: { request: v.object({}), reply: stats },
  },
})
