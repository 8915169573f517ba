// Values as texts whose byte order is the values' order, so that an ordered storage of texts is an index of them.

/** What an index can hold. In an index null comes first, then false, true, numbers and texts. */
export type Scalar = string | number | boolean | null

export const isScalar = (value: unknown): value is Scalar =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value))

// Parts of a sort key end with this. It is below all that a part may hold, so that a shorter text comes before one that it begins.
const end = '\u0001'

/**
 * @returns a text without U+0000 and U+0001. Compared by bytes of UTF-8, such texts are in the order of their values: numbers by size,
 *   texts by code points.
 */
export const encodeScalar = (value: Scalar): string => {
  switch (typeof value) {
    case 'boolean':
      return value ? '2' : '1'
    case 'number':
      return `3${encodeNumber(value)}`
    case 'string':
      return `4${escapeText(value)}`
    default:
      return '0'
  }
}

// The bits of a double are in the order of the numbers but for the sign: set for negatives, whose order is reversed.
const encodeNumber = (value: number): string => {
  const view = new DataView(new ArrayBuffer(8))
  // Adding makes -0 the 0 that it equals.
  view.setFloat64(0, value + 0)
  const bits = view.getBigUint64(0)
  const ordered = bits >> 63n === 0n ? bits | (1n << 63n) : ~bits & 0xffff_ffff_ffff_ffffn
  return ordered.toString(16).padStart(16, '0')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not stand in a part.
const low = /[\u0000-\u0002]/g
// Half of a surrogate pair has no bytes: it stands as the replacement character, as it would in UTF-8.
const escapeText = (text: string): string =>
  text.toWellFormed().replace(low, (found) => `\u0002${String.fromCharCode(found.charCodeAt(0) + 3)}`)

/** The beginning of all texts whose encoding begins as that of `text` does. */
export const encodePrefix = (text: string): string => `4${escapeText(text)}`

/** The sort key of an entry: by value, then by the key of its document. */
export const entryKey = (value: Scalar, key: string): string => entriesOf(value) + key
/** The beginning of all entries of one value. */
export const entriesOf = (value: Scalar): string => encodeScalar(value) + end
/** The document's key in a sort key. @returns '' if there is none */
export const documentKey = (sortKey: string): string => sortKey.slice(sortKey.lastIndexOf(end) + 1)

/** The first text after `text`. */
export const after = (text: string): string => `${text}\u0000`

/** As bytes of UTF-8 compare, which is the order of code points and not that of `<`. */
export const compareBytes = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1
  }
  return a.length - b.length
}
const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff
