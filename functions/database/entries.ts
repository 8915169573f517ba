// What of a document stands in an index: none, one or several values.
import type { Document, Index } from './collection.ts'
import { compareBytes, encodeScalar, isScalar, type Scalar } from './sort-key.ts'

/** Values of one document in one index. */
const valuesMax = 100
/** A longer text does not fit the key of an entry. */
const valueBytesMax = 200
const wordLengthMax = 40

/** Lower case, without accents; letters and digits of any script. `T-Light` is two words. */
export const wordsOf = (text: string): readonly string[] => [
  ...new Set(
    text
      .normalize('NFKD')
      .replace(/\p{Mark}/gu, '')
      .toLowerCase()
      .split(/[^\p{Letter}\p{Number}]+/u)
      .filter((word) => word !== '')
      .map((word) => Array.from(word).slice(0, wordLengthMax).join('')),
  ),
]

/** In the order of the index, each once. What is neither text, number, boolean nor null is left out. */
export const valuesOf = (document: Document, { kind, path }: Index): readonly Scalar[] => {
  const found = valueAt(document, path)
  const values = (Array.isArray(found) ? found : [found]).filter(isScalar)
  const all = kind === 'value' ? values : values.flatMap((value) => (typeof value === 'string' ? wordsOf(value) : []))
  const byKey = new Map(all.map((value) => [encodeScalar(value), value]))
  return [...byKey].sort(([a], [b]) => compareBytes(a, b)).map(([, value]) => value)
}

const valueAt = (document: Document, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, name) => (typeof value === 'object' && value !== null ? (value as Document)[name] : undefined),
      document,
    )

/** Why a document does not fit an index; undefined if it does. */
export const indexFault = (values: readonly Scalar[], { path }: Index): string | undefined => {
  if (values.length > valuesMax) return `${path}: ${values.length} values, an index takes ${valuesMax} of a document`
  const long = values.find((value) => typeof value === 'string' && Buffer.byteLength(encodeScalar(value)) > valueBytesMax)
  return long === undefined ? undefined : `${path}: an indexed text has at most ${valueBytesMax} bytes, this one more`
}
