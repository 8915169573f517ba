// Long texts cut into pages, items beside the one that points at them (I8).
import type { Item } from './item.ts'
import { pageBytesMax } from './limits.ts'

/** Cuts a long text into items `<sk>/<page>`. */
export const pageItems = (pk: string, sk: string, text: string): readonly Item[] => {
  const bytes = Buffer.from(text)
  return Array.from({ length: Math.ceil(bytes.length / pageBytesMax) }, (_, n) => ({
    pk,
    sk: pageSk(sk, n),
    attributes: { page: bytes.subarray(n * pageBytesMax, (n + 1) * pageBytesMax) },
  }))
}

/** Sort key of page `n`, from 0. */
export const pageSk = (sk: string, n: number): string => `${sk}/${String(n).padStart(4, '0')}`

/** The range of sort keys that the pages of `sk` lie in. */
export const pageRange = (sk: string): { readonly from: string; readonly to: string } => ({ from: `${sk}/`, to: `${sk}/~` })

export const joinPages = (pages: readonly Item[]): string =>
  Buffer.concat(pages.map((item) => item.attributes.page as Uint8Array)).toString()
