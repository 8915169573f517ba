// The table of one process: items under an instance, read strongly, written on a condition.
// Every method may throw Transient, and then a write may or may not have happened.

import type { Item } from '../core/item.ts'

export type { Attribute, Item } from '../core/item.ts'

/** What must hold of the stored item for a write to happen. */
export type Condition = { readonly kind: 'absent' } | { readonly kind: 'at'; readonly version: number; readonly nonce: string }

/** `refused` brings the item that stands there instead, undefined if there is none. */
export type PutResult = { readonly kind: 'written' } | { readonly kind: 'refused'; readonly item: Item | undefined }

export interface Store {
  /** Strongly consistent. An item whose `expires` (attribute, seconds since 1970) has passed is absent: TTL deletes late. */
  get(pk: string, sk: string): Promise<Item | undefined>
  /** Without a condition it always writes. */
  put(item: Item, condition?: Condition): Promise<PutResult>
  /**
   * Items of `pk` with `from` ≤ sk ≤ `to`, ascending by UTF-8 bytes; strongly consistent; read as they are asked for.
   * @param atOnce items that one read brings at most; default as many as the table gives
   */
  range(pk: string, from: string, to: string, atOnce?: number): AsyncIterable<Item>
  remove(pk: string, sk: string): Promise<void>
}

/** The views of other processes, by attribute and nothing else. */
export interface Views {
  /** The JSON text that the instance last published; eventually consistent. @throws Transient */
  read(process: string, instance: string): Promise<string | undefined>
}
