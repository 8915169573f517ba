// Writes and queries of one shard against a model: a plain map of documents that is filtered and sorted.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import * as v from 'valibot'
import { type Collection, type Document, defineCollections } from '../../../functions/database/collection.ts'
import { valuesOf, wordsOf } from '../../../functions/database/entries.ts'
import { count, query } from '../../../functions/database/query.ts'
import type { Condition } from '../../../functions/database/query-plan.ts'
import { documentBytesMax } from '../../../functions/database/row.ts'
import { compareBytes, encodeScalar, entryKey } from '../../../functions/database/sort-key.ts'
import { type Write, writeAll } from '../../../functions/database/writes.ts'
import { memoryRows } from './memory-rows.ts'

const scalar = v.union([v.string(), v.number(), v.boolean(), v.null()])
const { things } = defineCollections({
  things: {
    schema: v.strictObject({
      name: v.optional(v.string()),
      rank: v.optional(scalar),
      tags: v.optional(v.array(v.string())),
      maker: v.optional(v.strictObject({ country: v.string() })),
    }),
    indexes: {
      rank: { kind: 'value', path: 'rank' },
      tags: { kind: 'value', path: 'tags' },
      country: { kind: 'value', path: 'maker.country' },
      words: { kind: 'words', path: 'name' },
    },
    shards: 1,
  },
})
const place = { name: 'things', collection: things }

const shard = () => {
  const rows = memoryRows()
  const tally = { documents: 0, changes: 0 }
  return { rows, tally, write: (...writes: readonly Write[]) => writeAll(rows, tally, place, writes) }
}
const put = (key: string, document: Document, version?: number): Write => ({
  kind: 'put',
  key,
  document: { ...document },
  ...(version !== undefined && { version }),
})

describe('a write', () => {
  test('gives a version that no other write of the shard has, before or after', async () => {
    const { write, tally } = shard()
    expect((await write(put('a', { rank: 1 }), put('b', { rank: 1 }))).written).toEqual([
      { version: 1, changed: true },
      { version: 2, changed: true },
    ])
    expect((await write({ kind: 'delete', key: 'a' })).changes).toEqual([
      { collection: 'things', key: 'a', version: 3, deleted: true },
    ])
    expect((await write(put('a', { rank: 1 }))).changes).toEqual([{ collection: 'things', key: 'a', version: 4 }])
    expect(tally).toEqual({ documents: 2, changes: 4 })
  })

  test('of what is there already changes nothing and tells nobody', async () => {
    const { write, rows } = shard()
    await write(put('a', { rank: 1, name: 'tea' }))
    const { writes } = rows.counts
    expect(await write(put('a', { name: 'tea', rank: 1 }), { kind: 'delete', key: 'b' })).toEqual({
      written: [
        { version: 1, changed: false },
        { version: 0, changed: false },
      ],
      changes: [],
    })
    expect(rows.counts.writes).toBe(writes)
  })

  test('touches only the entries of what differs', async () => {
    const { write, rows } = shard()
    await write(put('a', { rank: 1, tags: ['x', 'y'], name: 'green tea' }))
    rows.counts.writes = 0
    await write({ kind: 'patch', key: 'a', patch: { tags: ['y', 'z'] } })
    // The document, one tag that goes and one that comes.
    expect(rows.counts.writes).toBe(3)
  })

  test.each([
    ['a version that is another', put('a', { rank: 2 }, 7), 'version-conflict', /version 7, but it has version 1/],
    ['a version where there is nothing', { kind: 'delete', key: 'no', version: 1 }, 'version-conflict', /but it is not there/],
    ['absence of what is there', put('a', {}, 0), 'version-conflict', /version 0, but it has version 1/],
    ['a document to patch', { kind: 'patch', key: 'no', patch: {} }, 'not-found', /no document no/],
    ['a field that the schema has not', put('a', { odd: 1 }), 'invalid-document', /a: odd: /],
    ['a field of another type', put('a', { maker: { country: 3 } }), 'invalid-document', /maker\.country: .*string/],
    ['a patch that breaks the schema', { kind: 'patch', key: 'a', patch: { name: 1 } }, 'invalid-document', /name: /],
    ['an indexed text too long', put('a', { rank: 'é'.repeat(100) }), 'invalid-document', /rank: an indexed text has at most/],
    ['too many words', put('a', { name: Array.from({ length: 101 }, (_, n) => n).join(' ') }), 'invalid-document', /101 values/],
    ['a document too large', put('a', { name: 'x '.repeat(documentBytesMax / 2) }), 'too-large', /at most 290000/],
  ] as const)('expecting %s is refused', async (_, write, code, message) => {
    const { write: act } = shard()
    await act(put('a', { rank: 1 }))
    await expect(act(write as Write)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test('sees what those before it in the batch have left', async () => {
    const { write } = shard()
    const { written } = await write(put('a', {}, 0), put('a', { rank: 1 }, 1), {
      kind: 'patch',
      key: 'a',
      patch: { rank: 2 },
      version: 2,
    })
    expect(written.map(({ version }) => version)).toEqual([1, 2, 3])
  })
})

const word = fc.constantFrom('tea', 'teapot', 'green', 'grün', 'a', '1')
const document = fc.record(
  {
    name: fc.array(word, { maxLength: 4 }).map((words) => words.join(' ')),
    rank: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom('', 'a', 'ab', 'b'), fc.boolean(), fc.constant(null)),
    tags: fc.array(fc.constantFrom('x', 'xy', 'y'), { maxLength: 3 }),
  },
  { requiredKeys: [] },
)
const key = fc.constantFrom('a', 'ab', 'b', 'ba', 'c', 'é', '\ue000', '😀')
const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(key, document).map(([key, document]): Write => put(key, document)) },
  { weight: 1, arbitrary: key.map((key): Write => ({ kind: 'delete', key })) },
)
const bound = fc.option(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom('', 'a', 'ab'), fc.constant(null)), {
  nil: undefined,
})
const condition: fc.Arbitrary<Condition> = fc
  .oneof(
    fc.record({ prefix: fc.constantFrom('', 'a', 'b') }),
    fc.record({ from: key, to: key }),
    fc.record({ index: fc.constantFrom('rank', 'tags'), from: bound, to: bound }),
    fc.record({
      index: fc.constantFrom('rank', 'tags'),
      equals: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom('x', 'ab')),
    }),
    fc.record({ index: fc.constantFrom('rank', 'tags'), prefix: fc.constantFrom('', 'a', 'x') }),
    fc.record({
      index: fc.constant('words'),
      matches: fc.array(fc.constantFrom('te', 'tea', 'GRÜN', 'g', '1'), { minLength: 1 }).map((all) => all.join(' ')),
    }),
  )
  .chain((one) => fc.boolean().map((reverse) => ({ ...one, reverse })))

/** What a condition asks for, without any index. */
const expected = (documents: ReadonlyMap<string, Document>, { index, equals, prefix, from, to, matches, reverse }: Condition) => {
  const places = [...documents].flatMap(([key, document]) => {
    if (index === undefined) {
      const fits =
        key.startsWith(prefix ?? '') &&
        compareBytes(key, String(from ?? '')) >= 0 &&
        (to === undefined || compareBytes(key, String(to)) < 0)
      return fits ? [{ key, at: key }] : []
    }
    const values = valuesOf(document, things.indexes[index as keyof typeof things.indexes])
    const asked = matches === undefined ? [] : wordsOf(matches)
    const longest = asked.toSorted((a, b) => b.length - a.length)[0]
    const fitting = values.filter((value) => {
      if (matches !== undefined)
        return String(value).startsWith(longest ?? '') && asked.every((one) => values.some((has) => String(has).startsWith(one)))
      if (equals !== undefined) return value === equals
      const code = encodeScalar(value)
      return (
        (prefix === undefined || (typeof value === 'string' && value.startsWith(prefix))) &&
        (from === undefined || compareBytes(code, encodeScalar(from)) >= 0) &&
        (to === undefined || compareBytes(code, encodeScalar(to)) < 0)
      )
    })
    const at = (reverse === true ? fitting.at(-1) : fitting[0]) ?? undefined
    return fitting.length === 0 ? [] : [{ key, at: entryKey(at ?? null, key) }]
  })
  const sorted = places.toSorted((a, b) => compareBytes(a.at, b.at))
  return (reverse === true ? sorted.toReversed() : sorted).map(({ key }) => key)
}

const pagesOf = async (collection: Collection, rows: ReturnType<typeof memoryRows>, condition: Condition, limit: number) => {
  const keys: string[] = []
  let cursor: string | undefined
  for (let pages = 0; pages === 0 || cursor !== undefined; pages++) {
    if (pages > 50) throw new Error('it does not end')
    const page = await query(rows, { name: 'things', collection }, { ...condition, limit, cursor })
    expect(page.documents.length).toBeLessThanOrEqual(limit)
    keys.push(...page.documents.map(({ key }) => key))
    cursor = page.cursor
  }
  return keys
}

describe('a query', () => {
  test('gives what its condition asks for, in order, in pages of any size; and so does its count', async () => {
    const seen = { found: 0, empty: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { maxLength: 25 }),
        condition,
        fc.integer({ min: 1, max: 4 }),
        async (writes, condition, limit) => {
          const { rows, tally, write } = shard()
          const documents = new Map<string, Document>()
          for (const one of writes) {
            await write(one)
            if (one.kind === 'put') documents.set(one.key, one.document)
            else documents.delete(one.key)
          }
          const keys = expected(documents, condition)
          seen[keys.length > 0 ? 'found' : 'empty']++
          expect(await pagesOf(things, rows, condition, limit)).toEqual(keys)
          expect(await count(rows, place, condition)).toEqual({ count: keys.length })
          expect(tally.documents).toBe(documents.size)
        },
      ),
      { numRuns: 600 },
    )
    expect(Math.min(seen.found, seen.empty)).toBeGreaterThan(50)
  })

  test('reads as many rows as its page has documents, however many there are', async () => {
    const { rows, write } = shard()
    for (let n = 0; n < 300; n++) await write(put(`k${n}`, { rank: n }))
    const { counts } = rows
    Object.assign(counts, { gets: 0, ranges: 0, ranged: 0 })
    await query(rows, place, { prefix: 'k', limit: 20 })
    expect(counts).toMatchObject({ gets: 0, ranges: 1, ranged: 20 })
    await query(rows, place, { index: 'rank', equals: 7, limit: 20 })
    expect(counts).toMatchObject({ gets: 1, ranges: 2, ranged: 21 })
  })

  test('that finds little looks at so many places, then says where to go on', async () => {
    const { rows, write } = shard()
    for (let n = 0; n < 1500; n++) await write(put(`k${n}`, { name: n === 950 ? 'white lantern' : 'lantern' }))
    const first = await query(rows, place, { index: 'words', matches: 'lantern white' })
    expect(first).toEqual({ documents: [], cursor: expect.any(String) })
    const { documents } = await query(rows, place, { index: 'words', matches: 'lantern white', cursor: first.cursor })
    expect(documents.map(({ key }) => key)).toEqual(['k950'])
  })

  test('stops before its page is too large for an answer', async () => {
    const { rows, write } = shard()
    for (let n = 0; n < 4; n++) await write(put(`k${n}`, { name: 'x'.repeat(200_000) }))
    const first = await query(rows, place, {})
    expect(first.documents.map(({ key }) => key)).toEqual(['k0', 'k1'])
    expect((await query(rows, place, { cursor: first.cursor })).documents.map(({ key }) => key)).toEqual(['k2', 'k3'])
  })

  test.each([
    [{ index: 'colour' }, 'unknown-index', /there are rank, tags, country, words/],
    [{ index: 'toString' }, 'unknown-index', /no index "toString"/],
    [{ equals: 'a' }, 'wrong-query', /need an index/],
    [{ from: 3 }, 'wrong-query', /keys are texts/],
    [{ index: 'rank', matches: 'a' }, 'wrong-query', /index of words/],
    [{ index: 'rank', equals: 1, from: 1 }, 'wrong-query', /equals says all/],
    [{ index: 'words', equals: 'a' }, 'wrong-query', /takes matches/],
    [{ index: 'words', matches: ' - ' }, 'wrong-query', /no word/],
    [{ cursor: 'bm9uZQ' }, 'wrong-cursor', /another query/],
  ])('%j is refused', async (asked, code, message) => {
    await expect(query(memoryRows(), place, asked)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test('takes no cursor of another query, collection or direction', async () => {
    const { rows, write } = shard()
    await write(put('a', {}), put('b', {}))
    const { cursor } = await query(rows, place, { limit: 1 })
    await expect(query(rows, place, { limit: 9, cursor })).resolves.toMatchObject({ documents: [{ key: 'b' }] })
    const others: Promise<unknown>[] = [
      query(rows, place, { reverse: true, cursor }),
      query(rows, place, { prefix: 'a', cursor }),
      query(rows, { ...place, name: 'others' }, { cursor }),
      count(rows, place, { from: 'a', cursor }),
    ]
    for (const one of others) await expect(one).rejects.toMatchObject({ code: 'wrong-cursor' })
  })
})
