// A failed message: the items that keep it, and the dead letter that shows it.
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { encodeEnvelope } from '../../lib/core/envelope.ts'
import { deadLetterOf, type Failure, failedSk, failureItems, failureOf } from '../../lib/core/failure.ts'
import { itemBytesMax, messageBytesMax } from '../../lib/core/limits.ts'
import { joinPages } from '../../lib/core/page.ts'
import { itemBytes } from '../../lib/sim/table.ts'
import { envelopes, epoch, text } from './arbitraries.ts'

const failure = (given: Partial<Failure> = {}): Failure => ({
  id: 'shop/1/7/0',
  message: '{"to":"42"}',
  reason: { code: 'handler-failed', text: 'Error: no money', stack: 'Error: no money\n  at pay' },
  attempts: 5,
  trace: 'click-1',
  type: 'Charge',
  at: epoch,
  ...given,
})
const legal = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u

describe('a failure', () => {
  test('is one item with all that is known of it', () => {
    expect(failureItems('42', failure())).toEqual([
      {
        pk: '42',
        sk: failedSk('shop/1/7/0'),
        attributes: {
          id: 'shop/1/7/0',
          at: epoch,
          attempts: 5,
          code: 'handler-failed',
          reason: 'Error: no money',
          stack: 'Error: no money\n  at pay',
          trace: 'click-1',
          type: 'Charge',
          message: '{"to":"42"}',
        },
      },
    ])
  })

  test('of a long message has its pages written before the item that points at them', () => {
    const message = 'é'.repeat(500_000)
    const items = failureItems('42', failure({ message }))
    expect(items.at(-1)).toMatchObject({ sk: failedSk('shop/1/7/0'), attributes: { pages: items.length - 1 } })
    expect(joinPages(items.slice(0, -1))).toBe(message)
    for (const item of items) expect(itemBytes(item)).toBeLessThan(itemBytesMax)
  })

  test('keeps an item within its bound, however long the error', () => {
    const long = '\u{1f600}'.repeat(100_000)
    const items = failureItems(
      '42',
      failure({ message: 'm'.repeat(120_000), reason: { code: 'rejected', text: long, stack: long } }),
    )
    for (const item of items) expect(itemBytes(item)).toBeLessThan(itemBytesMax)
  })

  test('gives the same items each time', () => {
    fc.assert(
      fc.property(envelopes, text, (envelope, error) => {
        const one = failureOf(envelope, { code: 'rejected', text: error }, 1, epoch)
        expect(failureItems('42', JSON.parse(JSON.stringify(one)) as Failure)).toEqual(failureItems('42', one))
        expect(one.message).toBe(encodeEnvelope(envelope))
      }),
    )
  })
})

describe('a dead letter', () => {
  test('is the message as it came, with its reason as attributes', () => {
    expect(deadLetterOf('42', failure())).toMatchObject({
      body: '{"to":"42"}',
      attributes: { reason: 'handler-failed', error: 'Error: no money', attempts: '5', id: 'shop/1/7/0', trace: 'click-1' },
    })
  })

  test('holds only characters that SQS takes, and no empty attribute', () => {
    fc.assert(
      fc.property(envelopes, text, fc.nat(1100), (envelope, error, padding) => {
        const { attributes, body } = deadLetterOf(
          '42',
          failureOf(envelope, { code: 'rejected', text: 'x'.repeat(padding) + error }, 1, epoch),
        )
        for (const one of [body, ...Object.values(attributes)]) expect(one).toMatch(legal)
      }),
    )
    expect(deadLetterOf('42', failure({ reason: { code: 'rejected', text: '' } })).attributes.error).not.toBe('')
  })

  test('of a message too long for a copy is a note that names its place', () => {
    const { body, bytes } = deadLetterOf('42', failure({ message: 'x'.repeat(messageBytesMax) }))
    expect(JSON.parse(body)).toEqual({ id: 'shop/1/7/0', kept: { pk: '42', sk: failedSk('shop/1/7/0') } })
    expect(bytes).toBeLessThan(messageBytesMax)
  })

  test('is counted with its attributes, as SQS does', () => {
    for (const length of [1_048_000, 1_048_200, 1_048_400, messageBytesMax]) {
      expect(deadLetterOf('42', failure({ message: 'x'.repeat(length) })).bytes).toBeLessThanOrEqual(messageBytesMax)
    }
  })
})
