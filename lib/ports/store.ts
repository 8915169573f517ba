// The table of one process: items under an instance, read strongly, written on a condition.
// Every method may throw Transient, and then a write may or may not have happened.

import type { Item } from '../core/item.ts'

export type { Attribute, Item } from '../core/item.ts'

/** What must hold of the stored item for a write to happen. */
export type Condition =
  | { readonly kind: 'absent' }
  | { readonly kind: 'at'; readonly version: number; readonly nonce: string }
  /** It is absent, or its attribute `version` is less than this; an item that has expired and lies there still counts. */
  | { readonly kind: 'older'; readonly version: number }

/** `refused` brings the item that stands there instead, undefined if there is none. */
export type PutResult = { readonly kind: 'written' } | { readonly kind: 'refused'; readonly item: Item | undefined }

export interface RangeOptions {
  /** Items that the first read brings at most; default as many as the table gives. */
  readonly atOnce?: number
  /** Descending. */
  readonly reverse?: boolean
}

export interface Store {
  /** Strongly consistent. An item whose `expires` (attribute, seconds since 1970) has passed is absent: TTL deletes late. */
  get(pk: string, sk: string): Promise<Item | undefined>
  /** Without a condition it always writes. */
  put(item: Item, condition?: Condition): Promise<PutResult>
  /** As `get` of each, at most 1,000, in no order. What is absent is left out. */
  getMany(pk: string, sks: readonly string[]): Promise<readonly Item[]>
  /** Items of `pk` with `from` ≤ sk ≤ `to`, ascending by UTF-8 bytes; strongly consistent; read as they are asked for. */
  range(pk: string, from: string, to: string, options?: RangeOptions): AsyncIterable<Item>
  remove(pk: string, sk: string): Promise<void>
}

/** The views of other processes, by attribute and nothing else. */
export interface Views {
  /** The JSON text that the instance last published; eventually consistent. @throws Transient */
  read(process: string, instance: string): Promise<string | undefined>
}
