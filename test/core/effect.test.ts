// Effects as parcels: one a receiver, in order, within a queue message, and the same each time.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Effect, messageId, parcelsOf } from '../../lib/core/effect.ts'
import { decodeBundle, type Envelope } from '../../lib/core/envelope.ts'
import { messageBytesMax } from '../../lib/core/limits.ts'
import { effects, epoch } from './arbitraries.ts'

const commit = { process: 'counter', instance: '42', version: 7, at: epoch }
const sending = (to: string, n: number, length = 0): Effect => ({
  kind: 'send',
  process: 'ledger',
  to,
  type: 'Add',
  body: { n, text: 'é'.repeat(length / 2) },
  trace: 't',
  cause: 'c',
  hops: 1,
})
const failing: Effect = {
  kind: 'fail',
  failure: { id: 'x', message: '{}', reason: { code: 'rejected', text: 'no' }, attempts: 1, at: epoch },
}
const envelopesIn = (body: string): readonly Envelope[] =>
  decodeBundle(body, { messageId: 'm', sentAt: 0 }).flatMap((one) => (one.kind === 'message' ? [one.envelope] : []))
const numbers = (body: string) => envelopesIn(body).map((one) => (one.body as { readonly n: number }).n)

describe('parcels', () => {
  test('are one a receiver, in the order of sending; a failure is none', () => {
    const parcels = parcelsOf(commit, [sending('a', 1), failing, sending('b', 2), sending('a', 3)])
    expect(parcels.map(({ to, body }) => [to, numbers(body)])).toEqual([
      ['a', [1, 3]],
      ['b', [2]],
    ])
  })

  test('hold each message once, under its place among the effects', () => {
    fc.assert(
      fc.property(effects, (all) => {
        const sent = parcelsOf(commit, all).flatMap(({ body }) => envelopesIn(body))
        expect(sent.map(({ id }) => id).sort()).toEqual(all.map((_, n) => messageId(commit, n)).sort())
      }),
    )
  })

  test('are the same byte by byte after the effects have been stored', () => {
    fc.assert(
      fc.property(effects, (all) => {
        expect(parcelsOf(commit, JSON.parse(JSON.stringify(all)) as typeof all)).toEqual(parcelsOf(commit, all))
      }),
    )
  })

  test('are cut where a queue message is full, and stay in order', () => {
    const parcels = parcelsOf(
      commit,
      Array.from({ length: 9 }, (_, n) => sending(n % 2 === 0 ? 'a' : 'b', n, 400_000)),
    )
    const of = (receiver: string) => parcels.filter(({ to }) => to === receiver).map(({ body }) => numbers(body))
    expect([of('a'), of('b')]).toEqual([
      [[0, 2], [4, 6], [8]],
      [
        [1, 3],
        [5, 7],
      ],
    ])
    for (const { body, bytes } of parcels) {
      expect(Buffer.byteLength(body)).toBe(bytes)
      expect(bytes).toBeLessThanOrEqual(messageBytesMax)
    }
    expect(new Set(parcels.map(({ deduplication }) => deduplication)).size).toBe(5)
  })

  test('fill a queue message to the last byte and no further', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 520_000 }), { minLength: 2, maxLength: 8 }), (lengths) => {
        for (const { body } of parcelsOf(
          commit,
          lengths.map((length, n) => sending('a', n, length)),
        )) {
          expect(Buffer.byteLength(body)).toBeLessThanOrEqual(messageBytesMax)
        }
      }),
      { numRuns: 30 },
    )
  })

  test('have deduplication ids of 64 characters that differ by commit and by receiver', () => {
    const ids = [
      parcelsOf(commit, [sending('a', 1)]),
      parcelsOf(commit, [sending('b', 1)]),
      parcelsOf({ ...commit, version: 8 }, [sending('a', 1)]),
      parcelsOf({ ...commit, instance: '43' }, [sending('a', 1)]),
    ].map(([parcel]) => parcel?.deduplication)
    expect(new Set(ids).size).toBe(4)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{64}$/)
  })
})

test('a message id names sender, version and place', () => {
  expect(messageId(commit, 3)).toBe('counter/42/7/3')
})
