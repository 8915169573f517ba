// A small catalogue in memory: what the pages' tests browse.

import type { Catalogue, Product, Selection } from '../../../functions/web/world.ts'
import { CallFailed } from '../../../lib/index.ts'

export const products: readonly Product[] = [
  { sku: '85123A', name: 'White Hanging Heart T-Light Holder', category: 'Lights' },
  { sku: '71053', name: 'White Metal Lantern', category: 'Lights' },
  { sku: '22752', name: 'Set 7 Babushka Nesting Boxes', category: 'Boxes' },
  { sku: '84879', name: 'Assorted Colour Bird Ornament', category: 'Garden' },
  ...Array.from({ length: 40 }, (_, n) => ({ sku: `T${n}`, name: `Tin No. ${String(n).padStart(2, '0')}`, category: 'Boxes' })),
]

const pageSize = 24
const isIn = ({ name, category }: Product, selection: Selection): boolean => {
  switch (selection.kind) {
    case 'all':
      return true
    case 'category':
      return category === selection.category
    case 'words':
      return name.toLowerCase().includes(selection.text.toLowerCase())
  }
}

export const memoryCatalogue: Catalogue = {
  list: async ({ selection, cursor }) => {
    const own = JSON.stringify(selection)
    const [of, from] = cursor === undefined ? [own, 0] : (JSON.parse(atob(cursor)) as [string, number])
    if (of !== own) throw new CallFailed('wrong-cursor', 'the cursor is of another query')
    const found = products.filter((one) => isIn(one, selection)).toSorted((one, other) => (one.name < other.name ? -1 : 1))
    const to = from + pageSize
    return { products: found.slice(from, to), ...(to < found.length && { next: btoa(JSON.stringify([of, to])) }) }
  },
  product: async (sku) => products.find((one) => one.sku === sku),
  categories: async () => ['Boxes', 'Garden', 'Lights'],
}
