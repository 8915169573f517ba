// The catalogue, out of the database's products and through the cache.
import type { CollectionClient } from '../database/client.ts'
import type { Catalogue, Listing, Product, Query, Sorting } from './world.ts'

interface Document {
  readonly name: string
  readonly category: string
}
type Products = Pick<CollectionClient<never, Document>, 'get' | 'query'>

/** What of a cache is needed: brings the value of a key, or loads it. Undefined: it does not exist. */
export interface Through {
  readonly through: <T>(
    key: string,
    options: { readonly ttlMs: number; readonly tags?: readonly string[] },
    load: () => Promise<T | undefined>,
  ) => Promise<T | undefined>
}

/** Products of a page. */
const pageSize = 24
/** A change of a product is told to the cache at once; so long a page stands if that telling were late. */
const ttlMs = 10 * 60_000
const indexOf: { readonly [S in Sorting]: string } = { name: 'name', price: 'pence' }

const conditionOf = ({ selection }: Query) => {
  switch (selection.kind) {
    case 'all':
      return { index: indexOf[selection.sort] }
    case 'category':
      return { index: 'category', equals: selection.category }
    case 'words':
      return { index: 'words', matches: selection.text }
  }
}

const productOf = (sku: string, { name, category }: Document): Product => ({ sku, name, category })

export const openCatalogue = (products: Products, { through }: Through): Catalogue => {
  // What is made of many products goes with any change of one.
  const whole = { ttlMs, tags: ['products'] }
  const list = async (query: Query): Promise<Listing> => {
    const { cursor } = query
    const page = await products.query({ ...conditionOf(query), limit: pageSize, ...(cursor !== undefined && { cursor }) })
    return {
      products: page.documents.map(({ key, document }) => productOf(key, document)),
      ...(page.cursor !== undefined && { next: page.cursor }),
    }
  }
  // From one category to the next, along the index: as many reads as there are categories, however many products.
  const categories = async (): Promise<readonly string[]> => {
    const found: string[] = []
    for (let from = ''; ; from = `${found.at(-1)}\u{1}`) {
      const { documents } = await products.query({ index: 'category', from, limit: 1 })
      const category = documents[0]?.document.category
      if (category === undefined) return found
      found.push(category)
    }
  }
  return {
    list: async (query) => {
      const key = `page 1 ${JSON.stringify([query.selection, query.cursor])}`
      return (await through(key, whole, () => list(query))) ?? { products: [] }
    },
    product: async (sku) =>
      through(`products/${sku}`, { ttlMs }, async () => {
        const found = await products.get(sku)
        return found === undefined ? undefined : productOf(sku, found.document)
      }),
    categories: async () => (await through('categories 1', whole, categories)) ?? [],
  }
}
