// The catalogue over the database, in a simulated world: pages in order, each product once, and what is kept between.
import { expect, test } from '@jest/globals'
import { cache } from '../../../functions/cache/process.ts'
import { openCollection } from '../../../functions/database/client.ts'
import { collections } from '../../../functions/database/collections.ts'
import { database } from '../../../functions/database/process.ts'
import { openCatalogue } from '../../../functions/web/catalogue.ts'
import type { Selection } from '../../../functions/web/world.ts'
import { simulate } from '../../../lib/sim/index.ts'

const openWorld = async () => {
  const world = simulate([database, cache])
  const products = openCollection(world, collections, 'products')
  await products.batch(
    Array.from({ length: 60 }, (_, n) => ({
      kind: 'put' as const,
      key: `P${n}`,
      document: { name: `Tin ${String(n).padStart(2, '0')}`, category: n % 3 === 0 ? 'Boxes' : 'Tins', pence: 1000 - n },
    })),
  )
  const loads: string[] = []
  const catalogue = openCatalogue(products, {
    through: (key, _options, load) => {
      loads.push(key)
      return load()
    },
  })
  return { catalogue, loads }
}

test('pages follow each other to the end, in the order asked for, each product once', async () => {
  const { catalogue } = await openWorld()
  const all = async (selection: Selection): Promise<readonly string[]> => {
    const names: string[] = []
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await catalogue.list({ selection, ...(cursor !== undefined && { cursor }) })
      names.push(...page.products.map(({ name }) => name))
      cursor = page.next
    }
    return names
  }
  const byName = await all({ kind: 'all', sort: 'name' })
  expect(byName).toHaveLength(60)
  expect(byName).toEqual(byName.toSorted())
  expect(await all({ kind: 'all', sort: 'price' })).toEqual(byName.toReversed())
  expect(await all({ kind: 'category', category: 'Boxes' })).toHaveLength(20)
  expect(await all({ kind: 'words', text: 'tin 07' })).toEqual(['Tin 07'])
  expect(await all({ kind: 'words', text: 'zebra' })).toEqual([])
})

test('categories are found without reading all products, and a product by its number', async () => {
  const { catalogue } = await openWorld()
  expect(await catalogue.categories()).toEqual(['Boxes', 'Tins'])
  expect(await catalogue.product('P3')).toEqual({ sku: 'P3', name: 'Tin 03', category: 'Boxes' })
  expect(await catalogue.product('P99')).toBeUndefined()
})

test('a cursor of another selection is refused, and all that is asked for goes through the cache, however long its key', async () => {
  const { catalogue, loads } = await openWorld()
  const { next = '' } = await catalogue.list({ selection: { kind: 'all', sort: 'name' } })
  const other = catalogue.list({ selection: { kind: 'category', category: 'Tins' }, cursor: next })
  await expect(other).rejects.toMatchObject({ code: 'wrong-cursor' })
  await catalogue.list({ selection: { kind: 'words', text: `tin ${'x'.repeat(400)}` } })
  await catalogue.product('P3')
  expect(loads).toEqual([
    'page 1 [{"kind":"all","sort":"name"},null]',
    expect.stringContaining('"category":"Tins"'),
    expect.stringContaining('x'.repeat(400)),
    'products/P3',
  ])
})
