import { existsSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import * as v from 'valibot'
import { type Document, defineCollections, shardOf } from '../../../functions/database/collection.ts'
import { collections } from '../../../functions/database/collections.ts'
import { documentIn } from '../../../functions/database/file-row.ts'
import { type ImportOptions, type ImportRow, importRows } from '../../../functions/database/import-rows.ts'
import { productOf } from '../../../functions/database/products.ts'
import type { Write, Written } from '../../../functions/database/writes.ts'
import { readRows } from '../../../lib/cli/rows.ts'
import { CallFailed, Transient } from '../../../lib/index.ts'

const { things } = defineCollections({ things: { schema: v.strictObject({ n: v.number() }), indexes: {}, shards: 4 } })
type Result = Parameters<ImportOptions['settle']>[1]

const rowsOf = async function* (
  documents: readonly Document[],
  onRead: (place: number) => void = () => {},
): AsyncIterable<ImportRow> {
  for (const [n, document] of documents.entries()) {
    onRead(n + 1)
    yield { place: n + 1, content: { key: `k${n}`, document } }
  }
}
const numbered = (count: number): readonly Document[] => Array.from({ length: count }, (_, n) => ({ n }))

const run = async (rows: AsyncIterable<ImportRow>, batch: (writes: readonly Write[]) => Promise<readonly Written[]>) => {
  const settled = new Map<number, Result>()
  const ended = await importRows({
    collection: things,
    client: { batch },
    rows,
    settle: (place, result) => settled.set(place, result),
  }).then(
    () => undefined,
    (error: unknown) => error,
  )
  return { settled, ended }
}
const changed = (writes: readonly Write[]): readonly Written[] => writes.map(() => ({ version: 1, changed: true }))

describe('an import', () => {
  test('writes each row once, by batches, of each shard one at a time', async () => {
    const busy = new Set<number>()
    const sizes: number[] = []
    const { settled, ended } = await run(rowsOf(numbered(1000)), async (writes) => {
      const [shard = -1, ...others] = new Set(writes.map(({ key }) => shardOf(key, 4)))
      expect([others, busy.has(shard)]).toEqual([[], false])
      busy.add(shard)
      sizes.push(writes.length)
      for (let turns = 0; turns < 5 + shard; turns++) await Promise.resolve()
      busy.delete(shard)
      return changed(writes)
    })
    expect([ended, settled.size, new Set(settled.values())]).toEqual([undefined, 1000, new Set(['written'])])
    expect([sizes.reduce((sum, one) => sum + one, 0), Math.max(...sizes)]).toEqual([1000, 50])
  })

  test('reads no further than a shard that does not answer allows', async () => {
    let read = 0
    let answer: (written: readonly Written[]) => void = () => {}
    const importing = run(
      rowsOf(numbered(5000), (place) => {
        read = place
      }),
      (writes) =>
        read < 5000 && shardOf(writes[0]?.key ?? '', 4) === 0
          ? new Promise((resolve) => {
              answer = resolve
            })
          : Promise.resolve(changed(writes)),
    )
    for (let turns = 0; turns < 20_000; turns++) await Promise.resolve()
    expect(read).toBeGreaterThan(50)
    expect(read).toBeLessThan(1000)
    const stopped = read
    answer([])
    for (let turns = 0; turns < 1000; turns++) await Promise.resolve()
    expect(read).toBeGreaterThan(stopped)
    importing.catch(() => {})
  })

  test('tells of each bad row with the path, and goes on; what the database refuses too', async () => {
    const documents = [{ n: 1 }, { n: 'two' }, { n: 3 }, { n: 4 }]
    const { settled } = await run(rowsOf(documents), async (writes) => {
      if (writes.some(({ key }) => key === 'k2')) throw new CallFailed('invalid-document', 'k2: newer schema')
      return writes.map(({ key }) => ({ version: 1, changed: key !== 'k3' }))
    })
    expect(settled).toEqual(
      new Map<number, unknown>([
        [1, 'written'],
        [2, { fault: expect.stringMatching(/invalid-document: k1: n: .*number/) }],
        [3, { fault: 'invalid-document: k2: newer schema' }],
        [4, 'unchanged'],
      ]),
    )
  })

  test('ends where no answer comes, with rows unsettled that may have been written', async () => {
    const down = new Transient('down', 'no answer')
    const { settled, ended } = await run(rowsOf(numbered(1000)), async () => {
      throw down
    })
    expect([ended, settled.size]).toEqual([down, 0])
  })
})

describe('a row of a file', () => {
  test.each([
    [{ key: 'a', document: { n: 1 } }, {}, { key: 'a', document: { n: 1 } }],
    [{ id: 7, n: 1 }, { key: 'id' }, { key: '7', document: { n: 1 } }],
    [
      { id: 'a', n: '1.5', note: '', m: 'x' },
      { key: 'id', numbers: ['n'] },
      { key: 'a', document: { n: 1.5, m: 'x' } },
    ],
  ])('%j becomes a document', (fields, format, made) => {
    expect(documentIn(fields, format)).toEqual(made)
  })

  test.each([
    [{ n: 1 }, {}, /"key"/],
    [{ n: 1 }, { key: 'id' }, /column id has no key/],
    [{ id: 'a', n: 'x' }, { key: 'id', numbers: ['n'] }, /column n is "x": not a number/],
  ])('%j does not', (fields, format, message) => {
    expect(() => documentIn(fields, format)).toThrow(message)
  })
})

describe('products', () => {
  test('come of order lines: readable names, a category, pence', () => {
    const line = { StockCode: '85123A', Description: 'WHITE HANGING HEART T-LIGHT HOLDER ', UnitPrice: '2.55' }
    expect(productOf(line)).toEqual({
      key: '85123A',
      document: { name: 'White Hanging Heart T-Light Holder', category: 'Lights & Candles', pence: 255 },
    })
    expect(productOf({ ...line, Description: '"AIRLINE LOUNGE,METAL SIGN"' }).document.name).toBe('Airline Lounge, Metal Sign')
    expect(() => productOf({ ...line, UnitPrice: '' })).toThrow(/UnitPrice/)
  })

  const lines = new URL('../../../../shared/data/online-retail-lines.csv', import.meta.url).pathname
  const own = new URL('../../../functions/catalogue.csv', import.meta.url).pathname
  test.each([
    ['the shop’s own catalogue', own, { key: 'sku', numbers: ['pence'] }, 42],
    ...(existsSync(lines) ? [['the order lines', lines, { onlineRetail: true }, 285] as const] : []),
  ])('of %s all fit the collection', async (_, file, format, count) => {
    const products = new Map<string, unknown>()
    const { schema } = collections.products
    for await (const { content } of readRows(file)) {
      const { key, document } = documentIn('fields' in content ? content.fields : {}, format)
      products.set(key, v.parse(schema, document))
    }
    expect(products.size).toBe(count)
  })
})
