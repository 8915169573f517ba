// The record: all that is durable of an instance, in one item (I6, I8). Parts too long for it lie on pages that the item points at.
import type { Effect } from './effect.ts'
import type { Item } from './item.ts'
import { horizonMs, inlineBytesMax } from './limits.ts'
import { joinPages, pageItems } from './page.ts'
import { nothingSeen, packSeen, type Seen, unpackSeen } from './seen.ts'

/** Parts of a record that may be paged; each is JSON text. */
const pagedParts = ['state', 'effects'] as const
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
  readonly pages: Pages
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
  const texts = { state: record.state, effects: record.effects.length > 0 ? JSON.stringify(record.effects) : undefined }
  const pages: Item[] = []
  const places: { [P in PagedPart]?: Place } = {}
  for (const part of pagedParts) {
    const text = texts[part]
    if (text === undefined || Buffer.byteLength(text) <= inlineBytesMax) continue
    const kept = part === 'state' && base?.state === text ? base.pages.state : undefined
    const sk = `page/${record.version}/${record.nonce}/${part}`
    const cut = kept === undefined ? pageItems(record.instance, sk, text) : []
    pages.push(...cut)
    places[part] = kept ?? { sk, pages: cut.length }
  }
  const placed = { ...record, pages: places }
  return { record: placed, item: itemOf(placed, texts), pages }
}

const itemOf = (record: InstanceRecord, texts: { readonly [P in PagedPart]: string | undefined }): Item => {
  const { seen, pages, attempts, awaits, view } = record
  const attributes = {
    version: record.version,
    nonce: record.nonce,
    at: record.at,
    schema: record.schema,
    ...(texts.state !== undefined && pages.state === undefined && { state: texts.state }),
    ...(texts.effects !== undefined && pages.effects === undefined && { effects: texts.effects }),
    ...(view !== undefined && { view }),
    ...(seen.window.length > 0 && { seen: packSeen(seen.window) }),
    ...(seen.floor >= 0 && { floor: seen.floor }),
    ...(seen.keysEvicted && { keysEvicted: 1 }),
    ...(attempts.size > 0 && { attempts: JSON.stringify([...attempts]) }),
    ...(awaits.length > 0 && { awaits: JSON.stringify(awaits) }),
    ...(Object.keys(pages).length > 0 && { pages: JSON.stringify(pages) }),
    // A tombstone goes once every message that it could be asked about is past the horizon.
    ...(record.state === undefined && { expires: Math.ceil((record.at + 2 * horizonMs) / 1000) }),
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
    pages: json(item, 'pages', {}),
  }
}

const json = <T>(item: Item, name: string, otherwise: T): T => {
  const text = item.attributes[name]
  return text === undefined ? otherwise : (JSON.parse(text as string) as T)
}
