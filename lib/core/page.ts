// Long texts cut into pages, items beside the one that points at them (I8).
import type { Item } from './item.ts'
import { inlineBytesMax, pageBytesMax } from './limits.ts'

/** Cuts a long text into items `<sk>/<page>`. */
export const pageItems = (pk: string, sk: string, text: string): readonly Item[] => {
  const bytes = Buffer.from(text)
  return Array.from({ length: Math.ceil(bytes.length / pageBytesMax) }, (_, n) => ({
    pk,
    sk: pageSk(sk, n),
    attributes: { page: bytes.subarray(n * pageBytesMax, (n + 1) * pageBytesMax) },
  }))
}

/** An item that keeps a text in its attribute `message`, and pages before it where the text is long. */
export const messageItems = (item: Item, message: string): readonly Item[] => {
  const { pk, sk, attributes } = item
  if (Buffer.byteLength(message) <= inlineBytesMax) return [{ pk, sk, attributes: { ...attributes, message } }]
  const pages = pageItems(pk, sk, message)
  return [...pages, { pk, sk, attributes: { ...attributes, pages: pages.length } }]
}

/** Sort key of page `n`, from 0. */
const pageSk = (sk: string, n: number): string => `${sk}/${String(n).padStart(4, '0')}`

/** Sort keys of all `pages` pages. */
export const pageSks = (sk: string, pages: number): readonly string[] => Array.from({ length: pages }, (_, n) => pageSk(sk, n))

/** The range of sort keys that the pages of `sk` lie in. */
export const pageRange = (sk: string): { readonly from: string; readonly to: string } => ({ from: `${sk}/`, to: `${sk}/~` })

export const joinPages = (pages: readonly Item[]): string =>
  Buffer.concat(pages.map((item) => item.attributes.page as Uint8Array)).toString()
