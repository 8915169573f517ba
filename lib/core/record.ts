// The record: all that is durable of an instance, in one item (I6, I8). Parts too long for it lie on pages that the item points at.
import type { Effect } from './effect.ts'
import type { Again } from './failure.ts'
import { decodeHeld, encodeHeld, type Held } from './held.ts'
import type { Item } from './item.ts'
import { decodeFlows, encodeFlows, type Flows, noFlows } from './journal.ts'
import { horizonMs, inlineBytesMax, inlineSumMax } from './limits.ts'
import { decodeMonitors, encodeMonitors, type Monitor } from './monitor.ts'
import { noOrders, type Orders } from './orders.ts'
import { joinPages, pageItems } from './page.ts'
import { isStandingStill, noStash, type Parked, type Stash } from './park.ts'
import { decodeReplies, encodeReplies, type KeptReply } from './reply.ts'
import { nothingSeen, packSeen, type Seen, unpackSeen } from './seen.ts'
import { decodeWaits, encodeWaits, noWaits, type Waits } from './waits.ts'

/** Parts of a record that may be paged; each is JSON text. */
const pagedParts = ['state', 'effects', 'waits', 'replies', 'flows', 'redriven', 'monitors', 'held'] as const
type PagedPart = (typeof pagedParts)[number]
/** Where a paged part lies: the sort key that its pages begin with, and how many they are. */
export interface Place {
  readonly sk: string
  readonly pages: number
}
export type Pages = { readonly [P in PagedPart]?: Place }

export interface InstanceRecord {
  readonly instance: string
  /** False before the first commit: `version` is then no version. */
  readonly exists: boolean
  readonly version: number
  readonly nonce: string
  /** When it was committed, ms since 1970. */
  readonly at: number
  /** Version of the state's schema. */
  readonly schema: number
  /** JSON text; undefined before the first message and after the end. */
  readonly state: string | undefined
  /** JSON text of what was last published. */
  readonly view: string | undefined
  readonly seen: Seen
  /** What this version's commit left to be done. */
  readonly effects: readonly Effect[]
  /** Tries that failed or were begun, by the digest of the message id. */
  readonly attempts: ReadonlyMap<string, number>
  /** Digests of internal messages that are under way. */
  readonly awaits: readonly string[]
  readonly waits: Waits
  /** Answers to direct calls, the oldest first. */
  readonly replies: readonly KeptReply[]
  readonly flows: Flows
  readonly parked: Parked | undefined
  readonly redriven: Redriven | undefined
  readonly stash: Stash
  /** What it has sent and no queue would take, in its order. */
  readonly held: readonly Held[]
  /** It stands still on what it holds. */
  readonly still: boolean
  /** Messages that have failed for good, and nothing was done about them. */
  readonly failed: number
  /** The version from which on rows in the table count: what an earlier life has left does not. */
  readonly rowsFrom: number
  /** The bucket of its own rate: by when the messages that it has handled are paid for, ms since 1970. */
  readonly paid: number | undefined
  /** What supervisors had it do lately. */
  readonly orders: Orders
  /** Whom it monitors, by address. */
  readonly monitors: ReadonlyMap<string, Monitor>
  readonly pages: Pages
}

/** A message that is tried again, at the head of the stash; `edited` takes its place, as JSON text. */
export interface Redriven {
  readonly id: string
  readonly again: Again
  readonly edited?: string
}

export const recordSk = 'record'

export const blankRecord = (instance: string): InstanceRecord => ({
  instance,
  exists: false,
  version: 0,
  nonce: '',
  at: 0,
  schema: 0,
  state: undefined,
  view: undefined,
  seen: nothingSeen,
  effects: [],
  attempts: new Map(),
  awaits: [],
  waits: noWaits,
  replies: [],
  flows: noFlows,
  parked: undefined,
  redriven: undefined,
  stash: noStash,
  held: [],
  still: false,
  failed: 0,
  rowsFrom: 0,
  paid: undefined,
  orders: noOrders,
  monitors: new Map(),
  pages: {},
})

/** A record as items: pages that must be written first, and the item whose write is the commit. */
export interface Written {
  readonly record: InstanceRecord
  readonly item: Item
  readonly pages: readonly Item[]
}

/**
 * Encodes a record. Long parts go to pages under its version and nonce, so that two that race for a version do not meet there;
 * a long state that `base` has on its pages already stays where it is.
 */
export const encodeRecord = (record: InstanceRecord, base?: InstanceRecord): Written => {
  const texts: Texts = {
    state: record.state,
    effects: record.effects.length > 0 ? JSON.stringify(record.effects) : undefined,
    waits: encodeWaits(record.waits),
    replies: encodeReplies(record.replies),
    flows: encodeFlows(record.flows),
    redriven: record.redriven && JSON.stringify(record.redriven),
    monitors: encodeMonitors(record.monitors),
    held: encodeHeld(record.held),
  }
  const pages: Item[] = []
  const places: { [P in PagedPart]?: Place } = {}
  for (const part of tooLong(texts)) {
    const text = texts[part] as string
    const kept = part === 'state' && base?.state === text ? base.pages.state : undefined
    const sk = `page/${record.version}/${record.nonce}/${part}`
    const cut = kept === undefined ? pageItems(record.instance, sk, text) : []
    pages.push(...cut)
    places[part] = kept ?? { sk, pages: cut.length }
  }
  const placed = { ...record, pages: places }
  return { record: placed, item: itemOf(placed, texts), pages }
}

// Bytes that a UTF-16 unit takes at most.
const utf8BytesMax = 3

type Texts = { readonly [P in PagedPart]: string | undefined }

// Each that is too long by itself, and the longest while all together are too long for one item.
const tooLong = (texts: Texts): readonly PagedPart[] => {
  const units = pagedParts.reduce((sum, part) => sum + (texts[part]?.length ?? 0), 0)
  if (units * utf8BytesMax <= inlineBytesMax) return []
  const sizes = pagedParts
    .map((part) => ({ part, bytes: Buffer.byteLength(texts[part] ?? '') }))
    .sort((a, b) => b.bytes - a.bytes)
  let inline = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  return sizes.flatMap(({ part, bytes }) => {
    if (bytes <= inlineBytesMax && inline <= inlineSumMax) return []
    inline -= bytes
    return [part]
  })
}

// An instance that ended, and of which nothing is left to be done.
const isOver = (record: InstanceRecord): boolean =>
  record.state === undefined && !isStandingStill(record) && record.held.length === 0 && record.failed === 0

const itemOf = (record: InstanceRecord, texts: Texts): Item => {
  const { seen, pages, attempts, awaits, view } = record
  const inline = pagedParts.flatMap((part) => {
    const text = texts[part]
    return text === undefined || pages[part] !== undefined ? [] : [[part, text] as const]
  })
  const attributes = {
    version: record.version,
    nonce: record.nonce,
    at: record.at,
    schema: record.schema,
    ...Object.fromEntries(inline),
    ...(view !== undefined && { view }),
    ...(seen.window.length > 0 && { seen: packSeen(seen.window) }),
    ...(seen.floor >= 0 && { floor: seen.floor }),
    ...(seen.keysEvicted && { keysEvicted: 1 }),
    ...(attempts.size > 0 && { attempts: JSON.stringify([...attempts]) }),
    ...(record.parked !== undefined && { parked: JSON.stringify(record.parked) }),
    ...(record.stash.next > 0 && { stash: JSON.stringify(record.stash) }),
    ...(record.still && { still: 1 }),
    ...(record.failed > 0 && { failed: record.failed }),
    ...(record.rowsFrom > 0 && { rowsFrom: record.rowsFrom }),
    ...(record.paid !== undefined && { paid: record.paid }),
    ...(record.orders.followed.length + record.orders.refused.length > 0 && { orders: JSON.stringify(record.orders) }),
    ...(awaits.length > 0 && { awaits: JSON.stringify(awaits) }),
    ...(Object.keys(pages).length > 0 && { pages: JSON.stringify(pages) }),
    // A tombstone goes once every message that it could be asked about is past the horizon.
    ...(isOver(record) && { expires: Math.ceil((record.at + 2 * horizonMs) / 1000) }),
  }
  return { pk: record.instance, sk: recordSk, attributes }
}

/** The places to read before `decodeRecord`, by part. */
export const placesOf = (item: Item): readonly { readonly part: PagedPart; readonly place: Place }[] => {
  const pages: Pages = json(item, 'pages', {})
  return pagedParts.flatMap((part) => {
    const place = pages[part]
    return place === undefined ? [] : [{ part, place }]
  })
}

/** Decodes a record; `paged` has the pages of each part that `placesOf` names. */
export const decodeRecord = (item: Item, paged: { readonly [P in PagedPart]?: readonly Item[] } = {}): InstanceRecord => {
  const { attributes } = item
  const part = (name: PagedPart): string | undefined => {
    const pages = paged[name]
    return pages === undefined ? (attributes[name] as string | undefined) : joinPages(pages)
  }
  const effects = part('effects')
  const redriven = part('redriven')
  return {
    instance: item.pk,
    exists: true,
    version: attributes.version as number,
    nonce: attributes.nonce as string,
    at: attributes.at as number,
    schema: attributes.schema as number,
    state: part('state'),
    view: attributes.view as string | undefined,
    seen: {
      window: attributes.seen === undefined ? [] : unpackSeen(attributes.seen as Uint8Array),
      floor: (attributes.floor as number | undefined) ?? -1,
      keysEvicted: attributes.keysEvicted === 1,
    },
    effects: effects === undefined ? [] : (JSON.parse(effects) as readonly Effect[]),
    attempts: new Map(json<readonly (readonly [string, number])[]>(item, 'attempts', [])),
    awaits: json(item, 'awaits', []),
    waits: decodeWaits(part('waits')),
    replies: decodeReplies(part('replies')),
    flows: decodeFlows(part('flows')),
    parked: json(item, 'parked', undefined),
    redriven: redriven === undefined ? undefined : (JSON.parse(redriven) as Redriven),
    stash: json(item, 'stash', noStash),
    held: decodeHeld(part('held')),
    still: attributes.still === 1,
    failed: (attributes.failed as number | undefined) ?? 0,
    rowsFrom: (attributes.rowsFrom as number | undefined) ?? 0,
    paid: attributes.paid as number | undefined,
    orders: json(item, 'orders', noOrders),
    monitors: decodeMonitors(part('monitors')),
    pages: json(item, 'pages', {}),
  }
}

const json = <T>(item: Item, name: string, otherwise: T): T => {
  const text = item.attributes[name]
  return text === undefined ? otherwise : (JSON.parse(text as string) as T)
}
