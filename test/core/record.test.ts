// The record and its item: a round trip, pages for what is long, an expiry for what has ended.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Effect } from '../../lib/core/effect.ts'
import { inlineBytesMax, itemBytesMax, seenWindowMax, unitMessagesMax } from '../../lib/core/limits.ts'
import { pageRange } from '../../lib/core/page.ts'
import { decodeRecord, encodeRecord, type InstanceRecord, placesOf, type Written } from '../../lib/core/record.ts'
import { nothingSeen } from '../../lib/core/seen.ts'
import { itemBytes } from '../../lib/sim/table.ts'
import { epoch, record, records } from './arbitraries.ts'

const readBack = ({ item, pages }: Written, kept: readonly Written[] = []): InstanceRecord => {
  const stored = [...kept.flatMap((one) => one.pages), ...pages].toSorted((a, b) => (a.sk < b.sk ? -1 : 1))
  const paged: Record<string, Written['pages']> = {}
  for (const { part, place } of placesOf(item)) {
    const { from, to } = pageRange(place.sk)
    const found = stored.filter(({ sk }) => sk >= from && sk <= to)
    expect([part, found.length]).toEqual([part, place.pages])
    paged[part] = found
  }
  return decodeRecord(item, paged)
}
const sending = (length: number): readonly Effect[] => [
  {
    kind: 'send',
    process: 'order',
    to: '1',
    type: 'Charge',
    body: { text: 'x'.repeat(length) },
    trace: 't',
    cause: 'c',
    hops: 1,
  },
]

describe('a record', () => {
  test('comes back from its item as it was', () => {
    fc.assert(
      fc.property(records, (one) => {
        const written = encodeRecord(one)
        expect(readBack(written)).toEqual(written.record)
        expect({ ...written.record, pages: {} }).toEqual(one)
        expect(itemBytes(written.item)).toBeLessThan(itemBytesMax)
      }),
      { numRuns: 200 },
    )
  })

  test.each([
    [inlineBytesMax, 0, 0],
    [inlineBytesMax + 1, 1, 0],
    [800_000, 3, 0],
    [10, 0, 900_000],
    [800_000, 3, 900_000],
    [130_000, 1, 130_000],
  ])('with a state of %d bytes on %d pages, and %d bytes of effects, is read back', (stateBytes, statePages, effectBytes) => {
    const state = JSON.stringify(`${'é'.repeat(Math.floor(stateBytes / 2) - 1)}${stateBytes % 2 === 1 ? '+' : ''}`)
    const written = encodeRecord(record({ state, effects: effectBytes > 0 ? sending(effectBytes) : [] }))
    expect(written.record.pages.state?.pages ?? 0).toBe(statePages)
    expect(readBack(written)).toEqual(written.record)
    for (const item of [written.item, ...written.pages]) expect(itemBytes(item)).toBeLessThan(itemBytesMax)
  })

  test('has pages under version and nonce, so that two that race do not meet there', () => {
    const keys = ['a', 'b'].map((nonce) => encodeRecord(record({ nonce, state: 'x'.repeat(200_000) })).pages.map(({ sk }) => sk))
    expect(keys[0]).toEqual(['page/7/a/state/0000'])
    expect(keys[1]).toEqual(['page/7/b/state/0000'])
  })

  test('keeps the pages that its base has of the same state', () => {
    const base = encodeRecord(record({ state: 'x'.repeat(200_000) }))
    const next = encodeRecord({ ...base.record, version: 8, nonce: 'm' }, base.record)
    expect(next.pages).toEqual([])
    expect(readBack(next, [base]).state).toBe(base.record.state)
    expect(encodeRecord({ ...base.record, version: 8, nonce: 'm', state: 'y'.repeat(200_000) }, base.record).pages).toHaveLength(
      1,
    )
  })

  test('keeps an item under 400 kB even where each part is as long as may stay', () => {
    const parts = {
      state: JSON.stringify('s'.repeat(inlineBytesMax - 2)),
      view: JSON.stringify('v'.repeat(31_000)),
      effects: sending(inlineBytesMax - 200),
      attempts: new Map(Array.from({ length: 100 }, (_, n) => [n.toString(16).padStart(16, '0'), 99])),
      seen: {
        ...nothingSeen,
        window: Array.from({ length: unitMessagesMax + seenWindowMax }, (_, n) => ({
          digest: n.toString(16).padStart(16, '0'),
          at: epoch,
          keyed: true,
        })),
      },
      awaits: Array.from({ length: 2000 }, (_, n) => n.toString(16).padStart(16, '0')),
    }
    expect(itemBytes(encodeRecord(record(parts)).item)).toBeLessThanOrEqual(itemBytesMax)
  })

  test('of an ended instance expires after twice the horizon; a living one never', () => {
    expect(encodeRecord(record({ state: undefined })).item.attributes.expires).toBe((epoch + 180 * 86_400_000) / 1000)
    expect(encodeRecord(record({})).item.attributes).not.toHaveProperty('expires')
  })

  test('that is small is a small item: what is empty is left out', () => {
    expect(encodeRecord(record({})).item).toEqual({
      pk: '42',
      sk: 'record',
      attributes: { version: 7, nonce: 'n', at: epoch, schema: 0, state: '{}' },
    })
  })
})
