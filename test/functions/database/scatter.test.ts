import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import * as v from 'valibot'
import { defineCollections, instanceFor, instancesOf, shardIn, shardOf } from '../../../functions/database/collection.ts'
import { query } from '../../../functions/database/query.ts'
import type { Condition } from '../../../functions/database/query-plan.ts'
import { gather, shareOf } from '../../../functions/database/scatter.ts'
import { writeAll } from '../../../functions/database/writes.ts'
import { memoryRows } from './memory-rows.ts'

const { things } = defineCollections({
  things: {
    schema: v.strictObject({ rank: v.number(), name: v.string() }),
    indexes: { rank: { kind: 'value', path: 'rank' }, words: { kind: 'words', path: 'name' } },
    shards: 1,
  },
})

/** The same documents, spread over so many shards; counts what it is asked. */
const spread = async (documents: readonly { readonly rank: number; readonly name: string }[], shards: number) => {
  const stores = Array.from({ length: shards }, () => ({ rows: memoryRows(), tally: { documents: 0, changes: 0 } }))
  for (const [n, document] of documents.entries()) {
    const key = `k${n}`
    const store = stores[shardOf(key, shards)] as (typeof stores)[number]
    await writeAll(store.rows, store.tally, { name: 'things', collection: things }, [
      { kind: 'put', key, document: { ...document } },
    ])
  }
  const asked: number[] = []
  const page = (condition: Condition, limit: number, cursor?: string) =>
    gather({
      collection: 'things',
      condition,
      limit,
      cursor,
      shards,
      ask: (shard, one) => {
        asked.push(one.limit ?? 0)
        return query((stores[shard] as (typeof stores)[number]).rows, { name: 'things', collection: things }, one)
      },
    })
  return { page, asked }
}

describe('a query over all shards', () => {
  test('gives what one shard with all documents gives, page by page', async () => {
    const condition = fc.oneof(
      fc.record({ reverse: fc.boolean() }),
      fc.record({ index: fc.constant('rank'), from: fc.integer({ min: 0, max: 3 }), reverse: fc.boolean() }),
      fc.record({ index: fc.constant('words'), matches: fc.constantFrom('tea', 'te gr', 'pot'), reverse: fc.boolean() }),
    )
    const document = fc.record({
      rank: fc.integer({ min: 0, max: 5 }),
      name: fc.constantFrom('tea', 'green tea', 'teapot grey', ''),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(document, { maxLength: 30 }),
        condition,
        fc.integer({ min: 1, max: 7 }),
        async (documents, asked, limit) => {
          const [one, several] = [await spread(documents, 1), await spread(documents, 4)]
          let cursor: string | undefined
          for (let more = true; more; more = cursor !== undefined) {
            const [whole, merged] = [await one.page(asked, limit, cursor), await several.page(asked, limit, cursor)]
            expect(merged.documents.map(({ key }) => key)).toEqual(whole.documents.map(({ key }) => key))
            // A last page that is full may have a cursor behind it that leads to an empty one.
            cursor = merged.cursor ?? whole.cursor
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  test('asks each shard for little more than its share, and mostly once', async () => {
    const { page, asked } = await spread(
      Array.from({ length: 400 }, (_, rank) => ({ rank, name: '' })),
      4,
    )
    await page({ index: 'rank' }, 50)
    expect(asked.length).toBeLessThanOrEqual(5)
    expect(asked.slice(0, 4)).toEqual([20, 20, 20, 20])
    expect([shareOf(50, 1), shareOf(1, 4), shareOf(1000, 64)]).toEqual([50, 1, 24])
  })
})

test('a document has the same shard always, and shards have about the same number of documents', () => {
  const counts = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let n = 0; n < 8000; n++) counts[shardOf(`key-${n}`, 8)] = (counts[shardOf(`key-${n}`, 8)] ?? 0) + 1
  expect(Math.min(...counts)).toBeGreaterThan(900)
  expect(Math.max(...counts)).toBeLessThan(1100)
})

test('an instance’s id names its shard, and the number of shards', () => {
  const [first, last] = [instancesOf('products', 3)[0], instancesOf('products', 3).at(-1)]
  expect([first, last]).toEqual(['products/0-of-3', 'products/2-of-3'])
  expect(shardIn('products/2-of-3')).toEqual({ collection: 'products', shard: 2, shards: 3 })
  expect(['products', 'products/3-of-3', 'products/x-of-3', 'a/b/0-of-1'].map(shardIn)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  expect(instancesOf('things', 1)).toContain(instanceFor('things', things, 'any'))
})

test.each([
  [{ Things: things }, /"Things"/],
  [{ things: { ...things, shards: 65 } }, /things has 65 shards/],
  [{ things: { ...things, indexes: { 'a/b': { kind: 'value', path: 'a' } } } }, /"a\/b"/],
] as const)('a definition of %j is refused', (collections, message) => {
  expect(() => defineCollections(collections)).toThrow(message)
})
