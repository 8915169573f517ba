// What a record remembers of the messages it has handled (I2): a window of the newest, a floor, and segments beside the record.
//
// A message sent after the floor is judged by the window alone; one at or before it is looked up in the segments. A client's key is
// looked up by id, since a second try carries a later time, and moves no floor. Clocks may be skewed: only sent times are compared.
import { digest } from './digest.ts'
import { type Envelope, isKeyed } from './envelope.ts'
import type { Item } from './item.ts'
import { horizonMs, seenEvicted, seenWindowMax } from './limits.ts'

export interface SeenId {
  readonly digest: string
  /** When it was sent, ms since 1970. */
  readonly at: number
  readonly keyed: boolean
}
export interface Seen {
  readonly window: readonly SeenId[]
  /** The latest send time that was evicted from the window; -1 before any was. */
  readonly floor: number
  /** Whether client's keys were evicted: then an unknown one must be looked up. */
  readonly keysEvicted: boolean
}

export const nothingSeen: Seen = { window: [], floor: -1, keysEvicted: false }

export const seenId = (envelope: Envelope): SeenId => ({
  digest: digest(envelope.id),
  at: envelope.at,
  keyed: isKeyed(envelope),
})

/** `key`, `segments`: the record alone cannot say; look there. */
export type SeenVerdict = 'seen' | 'new' | 'key' | 'segments'

export const judgeSeen = (seen: Seen, id: SeenId): SeenVerdict => {
  if (seen.window.some((one) => one.digest === id.digest)) return 'seen'
  if (id.keyed) return seen.keysEvicted ? 'key' : 'new'
  return id.at <= seen.floor ? 'segments' : 'new'
}

/** What leaves the window with a commit, and the items that must be written before it. */
export interface Eviction {
  readonly seen: Seen
  readonly items: readonly Item[]
}

/**
 * Makes room in a window that has grown over its bound. Only ids that the loaded record held may leave: a failed commit must not
 * leave a claim behind. The smallest send time goes first. Ids that were on time go to one segment, which holds what lies between the
 * old floor and the new; keys, and ids that were late already, get an item each.
 * @param version of the commit to come: it names the segment
 */
export const evict = (instance: string, loaded: Seen, grown: Seen, version: number): Eviction => {
  if (grown.window.length <= seenWindowMax) return { seen: grown, items: [] }
  const held = new Set(loaded.window.map((one) => one.digest))
  const candidates = grown.window.filter((one) => held.has(one.digest)).sort((a, b) => a.at - b.at)
  const last = candidates[Math.min(candidates.length, grown.window.length - (seenWindowMax - seenEvicted)) - 1]
  // Those of the same time go together: what stays behind the new floor would be late.
  const leaving = candidates.filter((one) => last !== undefined && one.at <= last.at)
  const gone = new Set(leaving)
  const onTime = leaving.filter((one) => !one.keyed && one.at > loaded.floor)
  const single = leaving.filter((one) => one.keyed || one.at <= loaded.floor)
  return {
    seen: {
      window: grown.window.filter((one) => !gone.has(one)),
      floor: onTime.reduce((floor, one) => Math.max(floor, one.at), loaded.floor),
      keysEvicted: grown.keysEvicted || leaving.some((one) => one.keyed),
    },
    items: [
      ...single.map((one) => singleItem(instance, one)),
      ...(onTime.length > 0 ? [segmentItem(instance, onTime, loaded.floor, version)] : []),
    ],
  }
}

const pad = (ms: number): string => String(ms).padStart(15, '0')
const expiry = (ms: number): number => Math.ceil((ms + 2 * horizonMs) / 1000)

/** Where an evicted key, or an id that was late, is kept: found by id. */
export const singleSk = (id: SeenId): string => `key/${id.digest}`
const singleItem = (pk: string, id: SeenId): Item => ({ pk, sk: singleSk(id), attributes: { at: id.at, expires: expiry(id.at) } })

/** Segments are sorted by the latest send time they hold; those that may hold `at` are the first of this range. */
export const segmentRange = (at: number): { readonly from: string; readonly to: string } => ({
  from: `seen/${pad(at)}`,
  to: 'seen/~',
})

// Two that race for a version may evict different numbers of the same ids: neither may write over the other's segment.
const segmentItem = (pk: string, ids: readonly SeenId[], after: number, version: number): Item => {
  const latest = Math.max(...ids.map((one) => one.at))
  return {
    pk,
    sk: `seen/${pad(latest)}/${version}/${ids.length}`,
    attributes: { after, ids: packSeen(ids), expires: expiry(latest) },
  }
}

/**
 * What a segment says of an id: `beyond` ends the search. Segments of commits cover (after, latest] without overlap, and one that a lost
 * race left behind begins at a floor that stood before, so behind the first that begins at or after `at` none can hold it.
 */
export const segmentSays = ({ attributes }: Item, id: SeenId): 'found' | 'absent' | 'beyond' => {
  if (unpackSeen(attributes.ids as Uint8Array).some((one) => one.digest === id.digest)) return 'found'
  return (attributes.after as number) >= id.at ? 'beyond' : 'absent'
}

const entryBytes = 14
const keyedBit = 0x8000_0000_0000

/** 14 bytes an id: 8 of its digest, 6 of its send time with the highest bit for a client's key. */
export const packSeen = (ids: readonly SeenId[]): Uint8Array => {
  const bytes = Buffer.alloc(ids.length * entryBytes)
  ids.forEach((id, n) => {
    bytes.write(id.digest, n * entryBytes, 'hex')
    bytes.writeUIntBE(id.at + (id.keyed ? keyedBit : 0), n * entryBytes + 8, 6)
  })
  return bytes
}

export const unpackSeen = (packed: Uint8Array): readonly SeenId[] => {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
  return Array.from({ length: bytes.length / entryBytes }, (_, n) => {
    const stamp = bytes.readUIntBE(n * entryBytes + 8, 6)
    const keyed = stamp >= keyedBit
    return { digest: bytes.toString('hex', n * entryBytes, n * entryBytes + 8), at: keyed ? stamp - keyedBit : stamp, keyed }
  })
}
