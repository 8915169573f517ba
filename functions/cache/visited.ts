// Which entries were used since the hand last passed them: a bit each, by a hash of the key, so that hundreds of bytes serve thousands of entries.
// Two keys may share a bit: then one stays a round longer than it has earned.
import { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'

const bits = 4096

/** 64 bits of SHA-256 as hex digits: where an entry lies, and which bit it has. */
const digestOf = (key: string): string => hash('sha256', key, 'hex').slice(0, 16)
/** Of the digits those that a row begins with. */
const prefixLength = 8

/**
 * The row of a key. It begins with a hash, so that the hand, which goes by the order of rows, passes through all collections evenly and not
 * through one after the other.
 */
export const rowOf = (key: string): string => `${digestOf(key).slice(0, prefixLength)} ${key}`
export const keyOf = (row: string): string => row.slice(prefixLength + 1)

/** A list of rows as text, each by what it begins with: two of thousands hardly ever begin alike. */
export const young = {
  of: (row: string): string => row.slice(0, prefixLength),
  read: (text: string): string[] => text.match(/.{8}/g) ?? [],
  write: (list: readonly string[]): string => list.join(''),
}

/** @param text base64, empty before the first bit is set */
export class Visited {
  readonly #bytes: Buffer

  constructor(text: string) {
    this.#bytes = Buffer.alloc(bits / 8)
    this.#bytes.write(text, 'base64')
  }

  has(key: string): boolean {
    const bit = bitOf(key)
    return ((this.#bytes[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0
  }

  set(key: string, value: boolean): void {
    const bit = bitOf(key)
    const byte = this.#bytes[bit >> 3] ?? 0
    this.#bytes[bit >> 3] = value ? byte | (1 << (bit & 7)) : byte & ~(1 << (bit & 7))
  }

  toString(): string {
    return this.#bytes.some((byte) => byte !== 0) ? this.#bytes.toString('base64') : ''
  }
}

const bitOf = (key: string): number => Number.parseInt(digestOf(key).slice(prefixLength), 16) % bits
