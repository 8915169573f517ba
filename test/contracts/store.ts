// What every Store must keep to, whatever it stands on.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Item, Store } from '../../lib/ports/store.ts'

export interface StoreUnderTest {
  readonly store: Store
  /** Sets the clock that tells what has expired, ms since 1970. */
  readonly setNow: (ms: number) => void
  readonly close?: () => Promise<void>
}

const record = (version: number, nonce: string, more: Item['attributes'] = {}): Item => ({
  pk: '42',
  sk: 'record',
  attributes: { version, nonce, ...more },
})
const all = (items: AsyncIterable<Item>): Promise<readonly string[]> => Array.fromAsync(items, (item) => item.sk)

/** @param make an empty store, its clock at 1,000 s */
export const storeClaims = (name: string, make: () => Promise<StoreUnderTest>): void => {
  describe(`${name} as a store`, () => {
    let under: StoreUnderTest
    let store: Store
    beforeEach(async () => {
      under = await make()
      store = under.store
    })
    afterEach(() => under.close?.())

    test('gives back what was put, of every type', async () => {
      const attributes = {
        text: 'ä – 😀 "\u0000',
        empty: '',
        version: 1_795_424_400_000_003,
        negative: -1.5,
        bytes: Uint8Array.of(0, 255, 128),
      }
      await store.put({ pk: '42', sk: 'record', attributes })
      const item = await store.get('42', 'record')
      expect(item).toMatchObject({ pk: '42', sk: 'record' })
      expect({ ...item?.attributes, bytes: Array.from((item?.attributes.bytes ?? []) as Uint8Array) }).toEqual({
        ...attributes,
        bytes: [0, 255, 128],
      })
    })

    test('gives undefined for what is not there', async () => {
      expect(await store.get('42', 'record')).toBeUndefined()
    })

    test('replaces the whole item without a condition', async () => {
      await store.put(record(1, 'a', { state: 'old' }))
      expect(await store.put(record(2, 'b'))).toEqual({ kind: 'written' })
      expect(await store.get('42', 'record')).toEqual(record(2, 'b'))
    })

    test('creates an item only where there is none', async () => {
      expect(await store.put(record(1, 'a'), { kind: 'absent' })).toEqual({ kind: 'written' })
      expect(await store.put(record(1, 'b'), { kind: 'absent' })).toEqual({ kind: 'refused', item: record(1, 'a') })
      expect(await store.get('42', 'record')).toEqual(record(1, 'a'))
    })

    test('replaces an item only at its version and nonce, and else brings what stands there', async () => {
      await store.put(record(1, 'a'))
      for (const [version, nonce] of [
        [2, 'a'],
        [1, 'b'],
      ] as const) {
        expect(await store.put(record(2, 'c'), { kind: 'at', version, nonce })).toEqual({ kind: 'refused', item: record(1, 'a') })
      }
      expect(await store.put(record(2, 'c'), { kind: 'at', version: 1, nonce: 'a' })).toEqual({ kind: 'written' })
      expect(await store.get('42', 'record')).toEqual(record(2, 'c'))
    })

    test('refuses to replace what is not there, and brings nothing', async () => {
      expect(await store.put(record(2, 'b'), { kind: 'at', version: 1, nonce: 'a' })).toEqual({
        kind: 'refused',
        item: undefined,
      })
    })

    test('lets one of many writers win a version', async () => {
      await store.put(record(1, 'a'))
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, n) => store.put(record(2, `writer-${n}`), { kind: 'at', version: 1, nonce: 'a' })),
      )
      expect(results.filter((result) => result.kind === 'written')).toHaveLength(1)
    })

    test('holds an expired item to be absent', async () => {
      await store.put(record(1, 'a', { expires: 2000 }))
      under.setNow(1_999_999)
      expect(await store.get('42', 'record')).toBeDefined()
      expect((await store.put(record(1, 'b'), { kind: 'absent' })).kind).toBe('refused')
      under.setNow(2_000_000)
      expect(await store.get('42', 'record')).toBeUndefined()
      expect(await all(store.range('42', 'a', 'z'))).toEqual([])
      expect(await store.put(record(7, 'z'), { kind: 'at', version: 9, nonce: 'a' })).toEqual({
        kind: 'refused',
        item: undefined,
      })
      expect(await store.put(record(1, 'b'), { kind: 'absent' })).toEqual({ kind: 'written' })
    })

    test('ranges over one instance, bounds included, ascending by UTF-8 bytes', async () => {
      const keys = ['seen/1', 'seen/10', 'seen/2', 'seen/\uff5e', 'seen/😀', 'record', 'seen0']
      for (const sk of keys) await store.put({ pk: '42', sk, attributes: {} })
      await store.put({ pk: '43', sk: 'seen/1', attributes: {} })
      expect(await all(store.range('42', 'seen/1', 'seen/😀'))).toEqual(['seen/1', 'seen/10', 'seen/2', 'seen/\uff5e', 'seen/😀'])
      expect(await all(store.range('42', 'seen/10', 'seen/2'))).toEqual(['seen/10', 'seen/2'])
      expect(await all(store.range('42', 'z', 'a'))).toEqual([])
    })

    test('ranges in descending order, and by as few at once as it is asked to', async () => {
      const keys = Array.from({ length: 20 }, (_, n) => `row/${String(n).padStart(2, '0')}`)
      for (const sk of keys) await store.put({ pk: '42', sk, attributes: {} })
      expect(await all(store.range('42', 'row/03', 'row/17', { reverse: true }))).toEqual(keys.slice(3, 18).toReversed())
      expect(await all(store.range('42', 'row/', 'row0', { atOnce: 1 }))).toEqual(keys)
      expect(await all(store.range('42', 'row/', 'row0', { atOnce: 3, reverse: true }))).toEqual(keys.toReversed())
    })

    test('reads many at once, and leaves out what is absent', async () => {
      const keys = Array.from({ length: 120 }, (_, n) => `row/${n}`)
      await Promise.all(keys.map((sk, n) => store.put({ pk: '42', sk, attributes: { n } })))
      await store.put({ pk: '42', sk: 'row/past', attributes: { expires: 999 } })
      const found = await store.getMany('42', [...keys, 'row/none', 'row/past'])
      expect(found.map(({ sk }) => sk).sort()).toEqual(keys.toSorted())
      expect(found.find(({ sk }) => sk === 'row/77')).toEqual({ pk: '42', sk: 'row/77', attributes: { n: 77 } })
      expect(await store.getMany('43', ['row/1'])).toEqual([])
    })

    test('replaces what is absent or has a lesser version, where it is asked to, and nothing else', async () => {
      const row = (version: number, more: Item['attributes'] = {}): Item => ({
        pk: '42',
        sk: 'row/a',
        attributes: { version, ...more },
      })
      const put = async (item: Item): Promise<string> =>
        (await store.put(item, { kind: 'older', version: Number(item.attributes.version) })).kind
      expect(await put(row(1_795_424_400_000_003))).toBe('written')
      expect(await put(row(1_795_424_400_000_003, { value: 'again' }))).toBe('refused')
      expect(await put(row(1_795_424_400_000_002))).toBe('refused')
      expect(await put(row(1_795_424_400_000_004, { expires: 999 }))).toBe('written')
      // It has expired, and lies there still.
      expect(await put(row(1_795_424_400_000_003))).toBe('refused')
      expect(await put(row(1_795_424_400_000_005))).toBe('written')
      expect(await store.get('42', 'row/a')).toEqual(row(1_795_424_400_000_005))
      await store.put({ pk: '42', sk: 'row/a', attributes: {} })
      expect(await put(row(1))).toBe('written')
    })

    test('ranges over more than one page', async () => {
      const bytes = new Uint8Array(300_000)
      const keys = Array.from({ length: 8 }, (_, n) => `page/${n}`)
      for (const sk of keys) await store.put({ pk: '42', sk, attributes: { bytes } })
      expect(await all(store.range('42', 'page/', 'page/~'))).toEqual(keys)
    })

    test('removes an item, and what is not there as well', async () => {
      await store.put(record(1, 'a'))
      await store.remove('42', 'record')
      await store.remove('42', 'record')
      expect(await store.get('42', 'record')).toBeUndefined()
    })
  })
}
